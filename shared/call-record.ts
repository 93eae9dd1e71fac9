import type { CallRecord, FailureRecord, LegRecord, RecordingRecord } from '../contract/call-record.ts'
import type { FailureCode, Instant, Problem, Recording } from './call.ts'
import { isTwoParty } from './call.ts'
import type { Call, TimedLeg } from './fold-call.ts'
import { toIso } from './instant.ts'
import { toWhole } from './source.ts'

/** What downstream queues get and `GET /calls/…` returns: the account of one call as far as its facts go. */
export type { CallRecord } from '../contract/call-record.ts'

/** With all else bounded by the documented lengths, a record stays well within the 256 KiB of an SNS message. */
const maxCdrBytes = 64 * 1024
const maxProblems = 20
const maxCodes = 20
const maxDigits = 256

export const toCallRecord = (call: Call): CallRecord => {
  const { cdr } = call
  const fitsCdr = cdr === undefined || Buffer.byteLength(JSON.stringify(cdr.received)) <= maxCdrBytes
  // Of a call of two parties whose B no status event told of, B's minutes are unknown.
  const isPartial = !cdr && call.legs.length < 2 && isTwoParty(call.scenario)
  const completeness: CallRecord['completeness'] = cdr ? 'complete' : 'status-only'
  const problems: readonly Problem[] = [
    // First, so that it is not among what is cut: it explains why there is no cdr.
    ...(fitsCdr
      ? []
      : [{ code: 'cdr-left-out', message: `cdr: found over ${maxCdrBytes} bytes; the table has it whole` } as const]),
    ...call.problems,
    ...((call.digits?.length ?? 0) <= maxDigits
      ? []
      : [{ code: 'text-cut', message: `digits: found over ${maxDigits} characters; the rest is cut here` } as const]),
  ]
  return present({
    id: `${call.callId}#${call.revision}.${call.edition}`,
    callId: call.callId,
    source: call.source,
    revision: call.revision,
    edition: call.edition,
    scenario: call.scenario,
    completeness,
    disposition: call.disposition,
    startedAt: toIso(call.startedAt),
    ringingAt: toIso(call.ringingAt),
    answeredAt: toIso(call.answeredAt),
    endedAt: toIso(call.endedAt),
    ringSeconds: call.ringSeconds,
    talkSeconds: call.talkSeconds,
    billableMinutes: isPartial ? undefined : sum(call.legs.map((leg) => leg.billableMinutes)),
    legs: call.legs.map(toLegRecord),
    digits: call.digits?.slice(0, maxDigits),
    recording: cdr?.recording && toRecordingRecord(cdr.recording, call.endedAt),
    failure: toFailureRecord(call),
    userData: call.userData,
    appKey: cdr?.appKey,
    cdr: cdr && fitsCdr ? toWhole(call.callId, cdr.received) : undefined,
    problems: problems.length > 0 ? problems.slice(0, maxProblems) : undefined,
  })
}

/** An object without its undefined members, in type as in fact. */
const present = <T extends object>(members: T): Present<T> => {
  const found: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined) found[name] = value
  return found as Present<T>
}

type Present<T> = {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
} & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }

const sum = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.length === 0
    ? undefined
    : parts.reduce((total, part) => (total === undefined || part === undefined ? undefined : total + part), 0)

const toLegRecord = (leg: TimedLeg): LegRecord =>
  present({
    party: leg.party,
    number: leg.number,
    displayNumber: leg.displayNumber,
    startedAt: toIso(leg.startedAt),
    ringingAt: toIso(leg.ringingAt),
    answeredAt: toIso(leg.answeredAt),
    seconds: leg.seconds,
    billableMinutes: leg.billableMinutes,
    cause: leg.cause,
  })

const dayMilliseconds = 86_400_000

const toRecordingRecord = (recording: Recording, endedAt: Instant | undefined): RecordingRecord => {
  const { keptDays, startedAt, ...told } = recording
  return present({
    ...told,
    startedAt: toIso(startedAt),
    deletedAfter: toIso(
      endedAt === undefined || keptDays === undefined ? undefined : endedAt + keptDays * dayMilliseconds,
    ),
  })
}

/**
 * 0 is "none" everywhere and a SIP status below 300 no failure; 16 and 31 are how Q.850 says "normal", which is no
 * failure of an answered call.
 */
const toFailureRecord = ({ codes, cdr, disposition }: Call): FailureRecord | undefined => {
  const isNormal = ({ name, value }: FailureCode) =>
    value === 0 ||
    (name === 'sip' && value < 300) ||
    (disposition === 'answered' && name === 'q850' && (value === 16 || value === 31))
  const given = codes.filter((code) => !isNormal(code))
  if (given.length === 0 && cdr?.failedAt === undefined) return undefined
  return present({
    at: toIso(cdr?.failedAt),
    codes: given
      .slice(0, maxCodes)
      .map(({ name, value, meaning, party, text }) => present({ name, value, meaning, party, text })),
  })
}
