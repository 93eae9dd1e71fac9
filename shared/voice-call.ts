import type { Cdr, FailureCode, Leg, Party, StatusEvent } from './call.ts'
import { isTwoParty } from './call.ts'
import { parseBody } from './callback.ts'
import { q850Meaning, sipMeaning, toFailureCode } from './cause-codes.ts'
import { type FactContent, type Found, type Rejected, type Split, toFact } from './fact.ts'
import { type Fields, type Lengths, readFields } from './fields.ts'
import { toInstant } from './instant.ts'
import { isObject, type Json, type JsonObject, toSortedJson, typeOf } from './json.ts'
import type { Reception } from './receive-callback.ts'
import { SenderError, toSenderError } from './sender-error.ts'
import {
  stateCodeExcludesAnswer,
  stateCodeMeaning,
  tearDownExcludesAnswer,
  tearDownMeaning,
} from './voice-call-codes.ts'

// Huawei Cloud Voice Call and, with the same envelope, PrivateNumber:
//
//   status  {"eventType": <text>, "statusInfo": {"sessionId": <text>, "timestamp": <time>, …}}      one event
//   CDR     {"eventType": "fee", "feeLst": [{"sessionId": <text>, …}, … up to 50]}
//   time    yyyy-MM-dd HH:mm:ss, UTC; real messages have two blanks at times
//
// Any key may be missing, "" or null, keys may be added, and a reseller turns numbers into text and back.

const lengths: Lengths = {
  timestamp: 128,
  userData: 256,
  stateDesc: 128,
  spId: 32,
  appKey: 32,
  icid: 64,
  bindNum: 32,
  callerNum: 32,
  calleeNum: 128,
  fwdDisplayNum: 32,
  fwdDstNum: 32,
  recordDomain: 256,
  recordFileDownloadUrl: 1024,
  serviceType: 32,
  hostName: 128,
}

const maxSessionIdLength = 256
const recordingKeptDays = 7

/**
 * What a Voice Call callback must have to be one. Routes by it, never by the path: CDRs are pushed to `/status` too.
 * @throws SenderError `no-event-type` | `other-platform`
 */
const readEventType = ({ eventType, callSerialNo }: JsonObject): string => {
  if (typeof eventType === 'string' && eventType !== '') return eventType
  if (callSerialNo !== undefined)
    throw new SenderError(
      'other-platform',
      'Cannot read the callback: found a callSerialNo and no eventType, wanted a callback of Voice Call; AICC pushes to /hangup',
      '/callSerialNo',
    )
  throw new SenderError(
    'no-event-type',
    `Cannot read the callback: found ${typeOf(eventType)} as eventType, wanted text such as "answer" or "fee"`,
    '/eventType',
  )
}

/**
 * Splits a callback's body into facts. One bad record costs only itself.
 * @throws SenderError `not-json` | `not-an-object` | `no-event-type` | `no-records` | `too-many-records`: the body is
 * nothing that can be split
 */
export const splitVoiceCall = (text: string): Split => {
  const body = parseBody(text)
  const eventType = readEventType(body)
  const { eventType: _, statusInfo, feeLst, ...rest } = body
  if (eventType === 'fee') return splitCdrs(text, statusInfo === undefined ? rest : { ...rest, statusInfo }, feeLst)

  const others = feeLst === undefined ? rest : { ...rest, feeLst }
  try {
    const found = isKind(eventType)
      ? toCallFact(eventType, statusInfo, others)
      : toCallFact('event', statusInfo, { ...others, eventType })
    return { found: [{ ...found, body: () => text }], rejected: [] }
  } catch (error) {
    return { found: [], rejected: [{ error: atPointer('/statusInfo', toSenderError(error)), body: text }] }
  }
}

/** The platform takes HTTP 200 for a success, and where a CDR's answer has a `resultcode`, its value decides. */
export const voiceCallReception: Reception = {
  source: 'voice-call',
  signs: 'headers',
  check: readEventType,
  success: { resultcode: '0', resultdesc: 'Success' },
  refuse: (code, message) => ({ code, message }),
}

const splitCdrs = (text: string, envelope: JsonObject, feeLst: Json | undefined): Split => {
  const records: Json = feeLst ?? []
  // The vendor's table makes `feeLst` optional: a bare `{"eventType":"fee"}` says nothing and is nothing.
  if (!isArray(records) || (records.length === 0 && Object.keys(envelope).length > 0))
    throw new SenderError(
      'no-records',
      `Cannot read the CDRs: found ${typeOf(feeLst)}, wanted an array of records`,
      '/feeLst',
    )
  if (
    records.length > maxRecords ||
    (records.length > 1 && records.length * text.length > maxCopied && Object.keys(envelope).length > 0)
  )
    throw new SenderError(
      'too-many-records',
      `Cannot read the CDRs: found ${records.length} records in ${text.length} characters, wanted at most ${maxRecords}`,
      '/feeLst',
    )

  const found: Found[] = []
  const rejected: Rejected[] = []
  for (const [index, record] of records.entries()) {
    try {
      found.push({ ...toCallFact('cdr', record, envelope), body: () => toBodyOfOne(text, envelope, record) })
    } catch (error) {
      const alone = toBodyOfOne(text, envelope, record)
      const place = alone === text ? index : 0
      rejected.push({ error: atPointer(`/feeLst/${place}`, toSenderError(error)), body: alone })
    }
  }
  return { found, rejected }
}

/** Documented are 50 records. */
const maxRecords = 500

/** Each record is stored with what stood around the records, where something did, which the documents do not have. */
const maxCopied = 8 * 1024 * 1024

const atPointer = (pointer: string, { code, message, pointer: within }: SenderError): SenderError =>
  new SenderError(code, message, pointer + within)

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value)

/**
 * The body with one of its CDRs, or as it was received where that is no shorter or cannot be written (nested thousands
 * of levels deep, so few such records fit a body).
 */
const toBodyOfOne = (text: string, envelope: JsonObject, record: Json): string => {
  const body = { eventType: 'fee', ...envelope, feeLst: [record] }
  try {
    const alone = tryWrite(body) ?? JSON.stringify(body)
    return alone.length < text.length ? alone : text
  } catch {
    return text
  }
}

/** A record stands two levels down in its body, and may be as deep there as it may be alone. */
const tryWrite = (body: JsonObject): string | undefined => {
  try {
    return toSortedJson(body, -2)
  } catch {
    return undefined
  }
}

const toCallFact = (kind: string, record: Json | undefined, envelope: JsonObject) => {
  if (!isObject(record))
    throw new SenderError('not-a-record', `Cannot read the record: found ${typeOf(record)}, wanted an object`)
  const callId = `voice-call/${readSessionId(record.sessionId)}`
  const { sessionId, ...others } = record
  // A session id that came as a number stays in the record, so that its type can be had back.
  return { callId, fact: toFact({ kind, record: typeof sessionId === 'string' ? others : record, envelope }) }
}

/** Kinds of facts that no `eventType` may take; such an event keeps its name in its envelope. */
const reserved = new Set(['cdr', 'hangup', 'event'])

const isKind = (eventType: string): boolean => /^[A-Za-z]{1,32}$/.test(eventType) && !reserved.has(eventType)

const readSessionId = (found: Json | undefined): string => {
  const sessionId = typeof found === 'number' && Number.isSafeInteger(found) ? String(found) : found
  const reject = (code: 'no-session-id' | 'bad-session-id', what: string, wanted: string) =>
    new SenderError(code, `Cannot tell the call: found ${what} as sessionId, wanted ${wanted}`, '/sessionId')
  if (typeof sessionId !== 'string' || sessionId === '') throw reject('no-session-id', typeOf(found), 'text')
  if (sessionId.length > maxSessionIdLength)
    throw reject('bad-session-id', `${sessionId.length} characters`, `at most ${maxSessionIdLength}`)
  if (!sessionId.isWellFormed()) throw reject('bad-session-id', 'half a surrogate pair', 'well-formed Unicode')
  return sessionId
}

/** The inverse of the split, for a whole record: the callback that it would have come in alone, every field in it. */
export const toVoiceCallBody = ({ kind, record, envelope }: FactContent): JsonObject =>
  kind === 'cdr'
    ? { eventType: 'fee', ...envelope, feeLst: [record] }
    : { eventType: kind, ...envelope, statusInfo: record }

/** UTC, whole seconds. */
const parseTime = (text: string): number | undefined => {
  const parts = /^\s*(\d{4})-(\d\d)-(\d\d)\s+(\d\d):(\d\d):(\d\d)\s*$/.exec(text)
  if (!parts) return undefined
  return toInstant(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}.000Z`)
}

const events: ReadonlyMap<string, StatusEvent['event']> = new Map([
  ['callin', 'callin'],
  ['callout', 'callout'],
  ['alerting', 'alerting'],
  ['answer', 'answer'],
  ['collectInfo', 'collect'],
  ['disconnect', 'disconnect'],
])

/** A stored fact in the words of this project. */
export const readVoiceCall = ({ kind, record }: FactContent): StatusEvent | Cdr => {
  const fields = readFields(record, lengths, parseTime)
  return kind === 'cdr' ? toCdr(fields) : toStatusEvent(events.get(kind) ?? 'other', fields)
}

const toStatusEvent = (event: StatusEvent['event'], fields: Fields): StatusEvent => {
  const stateCode = fields.integer('stateCode')
  const stateDesc = fields.text('stateDesc')
  // On a `callin` the caller is the person who calls; on all others it is the number shown to the one who is called.
  const [number, displayNumber] = event === 'callin' ? ['caller', undefined] : ['called', 'caller']
  return {
    kind: 'status-event',
    event,
    at: fields.time('timestamp'),
    number: fields.text(number),
    displayNumber: displayNumber && fields.text(displayNumber),
    digits: fields.text('digitInfo'),
    codes:
      stateCode === undefined
        ? []
        : [
            {
              ...toFailureCode('stateCode', stateCode, stateCodeMeaning(stateCode)),
              text: stateDesc,
              excludesAnswer: stateCodeExcludesAnswer(stateCode),
            },
          ],
    hungUpBy: fields.text('partyType'),
    userData: fields.text('userData'),
    problems: fields.problems,
  }
}

const toCdr = (fields: Fields): Cdr => {
  const { text, time, integer, isReadable } = fields
  const codes = toCodes(fields)
  const causeOf = (party: Party) => codes.find((code) => code.name === 'q850' && code.party === party)?.value
  const callInTime = time('callInTime')
  const outgoing: Leg = {
    party: 'A',
    number: text('calleeNum'),
    displayNumber: text('callerNum'),
    startedAt: time('callOutStartTime'),
    ringingAt: time('callOutAlertingTime'),
    answeredAt: time('callOutAnswerTime'),
    isAnswerKnown: isReadable('callOutAnswerTime'),
    cause: causeOf('A'),
  }
  const legB: Leg = {
    party: 'B',
    number: text('fwdDstNum'),
    displayNumber: text('fwdDisplayNum'),
    startedAt: time('fwdStartTime'),
    ringingAt: time('fwdAlertingTime'),
    answeredAt: time('fwdAnswerTime'),
    isAnswerKnown: isReadable('fwdAnswerTime'),
    cause: causeOf('B'),
  }
  const hasLegB =
    !legB.isAnswerKnown ||
    [legB.number, legB.startedAt, legB.ringingAt, legB.answeredAt].some((value) => value !== undefined)
  const keysPressed = text('dynIVRPath')
  const scenario = toScenario({
    serviceType: text('serviceType'),
    calledIn: integer('direction') === 1 || callInTime !== undefined,
    hasLegB,
    usesIvr: keysPressed !== undefined || time('dynIVRStartTime') !== undefined,
  })
  // In a PrivateNumber call A is the person who calls in: `callerNum`, from `callInTime` on.
  const legA: Leg =
    scenario === 'private-number'
      ? {
          ...outgoing,
          number: outgoing.displayNumber,
          displayNumber: undefined,
          startedAt: callInTime ?? outgoing.startedAt,
        }
      : // B is rung once A has answered, so where B did, A's answer time is only missing.
        {
          ...outgoing,
          isAnswerKnown: outgoing.isAnswerKnown && (outgoing.answeredAt !== undefined || legB.answeredAt === undefined),
        }
  const fileName = text('recordObjectName')
  const url = text('recordFileDownloadUrl')
  return {
    kind: 'cdr',
    scenario,
    legs: hasLegB ? [legA, legB] : [legA],
    endedAt: time('callEndTime'),
    failedAt: time('failTime'),
    digits: keysPressed,
    recording:
      fileName === undefined && url === undefined
        ? undefined
        : {
            fileName,
            directory: text('recordBucketName'),
            domain: text('recordDomain'),
            url,
            startedAt: time('recordStartTime'),
            keptDays: recordingKeptDays,
          },
    // With one leg alone, the cause of "the other" is its own.
    codes:
      hasLegB || isTwoParty(scenario) || causeOf('A')
        ? codes
        : codes.map((code) => (code.party ? { ...code, party: 'A' } : code)),
    userData: text('userData'),
    appKey: text('appKey'),
    received: fields.record,
    problems: fields.problems,
  }
}

/** 001 covers notification and verification code; only a notification has an IVR. Older records have no serviceType. */
const toScenario = (told: {
  serviceType: string | undefined
  calledIn: boolean
  hasLegB: boolean
  usesIvr: boolean
}): Cdr['scenario'] => {
  switch (told.serviceType?.padStart(3, '0')) {
    case '001':
      return told.usesIvr ? 'notification' : 'playback'
    case '002':
      return 'call-back'
    case '003':
    case '004':
      return 'private-number'
    default:
      if (told.calledIn) return 'private-number'
      if (told.hasLegB) return 'call-back'
      return told.usesIvr ? 'notification' : undefined
  }
}

/** In the order in which they are asked for a disposition. 0 is "none" in each of the four fields. */
const toCodes = ({ integer }: Fields): readonly FailureCode[] => {
  const [causeA, causeB] = [integer('callOutUnaswRsn'), integer('fwdUnaswRsn')]
  const [status, point] = [integer('sipStatusCode'), integer('ulFailReason')]
  return [
    ...(causeA ? [{ ...toFailureCode('q850', causeA, q850Meaning(causeA)), party: 'A' as const }] : []),
    ...(causeB ? [{ ...toFailureCode('q850', causeB, q850Meaning(causeB)), party: 'B' as const }] : []),
    ...(status ? [toFailureCode('sip', status, sipMeaning(status))] : []),
    ...(point
      ? [
          {
            ...toFailureCode('ulFailReason', point, tearDownMeaning(point)),
            excludesAnswer: tearDownExcludesAnswer(point),
          },
        ]
      : []),
  ]
}
