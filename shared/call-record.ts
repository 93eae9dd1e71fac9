import type { Disposition, FailureCode, Instant, Party, Problem, Recording, Scenario, Source } from './call.ts'
import { isTwoParty } from './call.ts'
import type { Call, TimedLeg } from './fold-call.ts'
import type { JsonObject } from './json.ts'
import { toWhole } from './source.ts'

/**
 * What downstream queues get and `GET /calls/…` returns: the account of one call as far as its facts go.
 *
 * Times are ISO 8601 in UTC, durations seconds (`…Seconds`) or started minutes (`…Minutes`). What the facts do not tell
 * is absent; nothing is invented. One `id` always stands for the same content, so a consumer may drop repeats by `id`
 * and has to drop a record whose `revision` (then `edition`) is not higher than what it has of the call.
 */
export interface CallRecord {
  /** `<callId>#<revision>.<edition>` */
  readonly id: string
  /** `<source>/<session id>` */
  readonly callId: string
  /** The platform: `voice-call` or `aicc`. */
  readonly source: Source
  /** The number of facts known of the call, 1 and up. */
  readonly revision: number
  /** Raised when the same facts give another record: a new version of this project, or a changed setting. */
  readonly edition: number
  /**
   * `call-back` (two legs), `notification` (it collected keys or ran an IVR), `playback` (a notification or a
   * verification code, the CDR does not tell which), `private-number`, or `unknown`.
   */
  readonly scenario: Scenario
  /** `complete` with a CDR, `status-only` without one. */
  readonly completeness: 'complete' | 'status-only'
  /** From the answer times; where there is none, from Q.850, SIP, `stateCode` and `ulFailReason`, in this order. */
  readonly disposition?: Disposition
  /** Leg A was rung. Source: `callOutStartTime`, `callInTime`, the first `callout`. */
  readonly startedAt?: string
  /** Leg B rang if it was started, else leg A. Source: `fwdAlertingTime` or `callOutAlertingTime`, `alerting`. */
  readonly ringingAt?: string
  /** Leg B answered if it was started, else leg A. Source: `fwdAnswerTime` or `callOutAnswerTime`, `answer`. */
  readonly answeredAt?: string
  /** Source: `callEndTime`, `disconnect`. */
  readonly endedAt?: string
  /** `ringingAt` to `answeredAt`, or to `endedAt` where nobody answered. */
  readonly ringSeconds?: number
  /** Answered to ended, by the leg that makes the call answered (B of two); absent when the call was not answered. */
  readonly talkSeconds?: number
  /** Sum over the legs; absent while that of one leg is unknown. */
  readonly billableMinutes?: number
  /** A, then B. */
  readonly legs: readonly LegRecord[]
  /** Keys pressed, several entries joined by `-`. Source: `dynIVRPath`, `collectInfo.digitInfo`. */
  readonly digits?: string
  readonly recording?: RecordingRecord
  /** Every code given that says more than "normal", with its meaning. */
  readonly failure?: FailureRecord
  /** What the caller of the platform's API passed, unchanged. */
  readonly userData?: string
  readonly appKey?: string
  /** The CDR that counts, field by field as it was received. */
  readonly cdr?: JsonObject
  /** What was odd about the facts; absent when nothing was. */
  readonly problems?: readonly Problem[]
}

export interface LegRecord {
  readonly party: Party
  /** The number that was rung, or the one that called in. */
  readonly number?: string
  /** The number that this party was shown. */
  readonly displayNumber?: string
  readonly startedAt?: string
  readonly ringingAt?: string
  readonly answeredAt?: string
  /** `answeredAt` to the end of the call. */
  readonly seconds?: number
  /** Started minutes; 0 for a leg that its CDR calls unanswered. */
  readonly billableMinutes?: number
  /** Q.850 cause; absent where the platform gives 0, "not applicable". */
  readonly cause?: number
}

export interface RecordingRecord {
  /** The platform's file name, for its download API. Source: `recordObjectName`. */
  readonly fileName?: string
  /** Source: `recordBucketName`. */
  readonly directory?: string
  /** Source: `recordDomain`. */
  readonly domain?: string
  /** A direct link. Source: `recordFileDownloadUrl`. */
  readonly url?: string
  readonly startedAt?: string
  /** The platform has deleted the file after this moment: 7 days after the end of the call. */
  readonly deletedAfter?: string
}

export interface FailureRecord {
  /** Source: `failTime`. */
  readonly at?: string
  readonly codes: readonly {
    readonly name: FailureCode['name']
    readonly value: number
    readonly meaning: string
    /** The leg that a Q.850 cause belongs to. */
    readonly party?: Party
    /** The platform's own words. Source: `stateDesc`. */
    readonly text?: string
  }[]
}

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
    ...call.problems,
    ...(fitsCdr
      ? []
      : [{ code: 'cdr-left-out', message: `cdr: found over ${maxCdrBytes} bytes; the table has it whole` } as const]),
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
    startedAt: iso(call.startedAt),
    ringingAt: iso(call.ringingAt),
    answeredAt: iso(call.answeredAt),
    endedAt: iso(call.endedAt),
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
const present = <T extends object>(members: T): Present<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>

type Present<T> = {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
} & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }

const iso = (instant: Instant | undefined): string | undefined =>
  instant === undefined ? undefined : new Date(instant).toISOString()

const sum = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.length === 0
    ? undefined
    : parts.reduce((total, part) => (total === undefined || part === undefined ? undefined : total + part), 0)

const toLegRecord = (leg: TimedLeg): LegRecord =>
  present({
    party: leg.party,
    number: leg.number,
    displayNumber: leg.displayNumber,
    startedAt: iso(leg.startedAt),
    ringingAt: iso(leg.ringingAt),
    answeredAt: iso(leg.answeredAt),
    seconds: leg.seconds,
    billableMinutes: leg.billableMinutes,
    cause: leg.cause,
  })

const dayMilliseconds = 86_400_000

const toRecordingRecord = (recording: Recording, endedAt: Instant | undefined): RecordingRecord => {
  const { keptDays, startedAt, ...told } = recording
  return present({
    ...told,
    startedAt: iso(startedAt),
    deletedAfter: iso(
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
    at: iso(cdr?.failedAt),
    codes: given
      .slice(0, maxCodes)
      .map(({ name, value, meaning, party, text }) => present({ name, value, meaning, party, text })),
  })
}
