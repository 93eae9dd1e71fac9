import type { Cdr, FoldSettings, Leg } from './call.ts'
import { parseBody } from './callback.ts'
import { type Meaning, toFailureCode, undocumented } from './cause-codes.ts'
import { type FactContent, type Split, toFact } from './fact.ts'
import { type Lengths, readFields } from './fields.ts'
import { toInstant } from './instant.ts'
import { isObject, type JsonObject, typeOf } from './json.ts'
import type { Reception } from './receive-callback.ts'
import { SenderError, toSenderError } from './sender-error.ts'

// Huawei Cloud AICC, the hang-up callback of a voice notification: one flat JSON object for each released call, in the
// vendor's sample with text for every value.
//
//   callSerialNo  text of 1 to 50 letters, digits or -     the call
//   …Time         yyyy/MM/dd,HH:mm:ss:SSS                  a comma before the time, a colon before the milliseconds
//   timestamp, nonce, signature                            new with each push
//
// What an absent time looks like is not documented: a missing key, "", null and the text "null" are all taken for it.

const lengths: Lengths = { called: 128, callerPresent: 128, recordfile: 1024, locationId: 64 }

/**
 * What a repeat has in common with the first push: it is signed anew, and AICC's signature does not tell text from a
 * number, nor null from the text "null".
 */
const toLasting = ({ timestamp, nonce, signature, ...record }: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(record).map(([field, value]) => [
      field,
      isObject(value) || Array.isArray(value) ? value : `${value}`,
    ]),
  )

/**
 * The id of the call. A JSON number of the sample's 19 digits has lost some by the time it is parsed, so only text will do.
 * @throws SenderError `other-platform` | `bad-call-serial-no`
 */
const readCallSerialNo = ({ callSerialNo, eventType }: JsonObject): string => {
  if (eventType !== undefined)
    throw new SenderError(
      'other-platform',
      'Cannot read the callback: found an eventType, wanted a hang-up callback of AICC; Voice Call pushes to /status and /cdr',
      '/eventType',
    )
  if (typeof callSerialNo === 'string' && /^[A-Za-z0-9-]{1,50}$/.test(callSerialNo)) return callSerialNo
  throw new SenderError(
    'bad-call-serial-no',
    `Cannot tell the call: found ${typeOf(callSerialNo)} as callSerialNo, wanted text of 1 to 50 letters, digits or -`,
    '/callSerialNo',
  )
}

/** The platform takes HTTP 200 with `retCode` "0" for a success; any other `retCode` is a failure, `retMsg` says why. */
export const aiccReception: Reception = {
  source: 'aicc',
  signs: 'body',
  check: readCallSerialNo,
  success: { retCode: '0', retMsg: 'success' },
  refuse: (code, message) => ({ retCode: code, retMsg: message }),
}

/** @throws SenderError `not-json` | `not-an-object` | `other-platform` | `bad-call-serial-no` */
export const splitAicc = (text: string): Split => {
  const body = parseBody(text)
  const { callSerialNo: _, ...record } = body
  const callId = `aicc/${readCallSerialNo(body)}`
  try {
    return {
      found: [{ callId, fact: toFact({ kind: 'hangup', record, envelope: {} }, toLasting(record)), body: () => text }],
      rejected: [],
    }
  } catch (error) {
    return { found: [], rejected: [{ error: toSenderError(error), body: text }] }
  }
}

/** The inverse of the split: a whole record is the callback. */
export const toAiccBody = ({ record }: FactContent): JsonObject => record

/** Milliseconds, in the zone that the setting names. */
const parseTime =
  (utcOffset: number) =>
  (text: string): number | undefined => {
    const parts = /^\s*(\d{4})\/(\d\d)\/(\d\d),\s*(\d\d):(\d\d):(\d\d):(\d{3})\s*$/.exec(text)
    if (!parts) return undefined
    const [, year, month, day, hour, minute, second, millisecond] = parts
    const instant = toInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`)
    return instant === undefined ? undefined : instant - utcOffset * 60_000
  }

/** `releaseReason` of a voice notification. 0 and 1 end connected calls. 4 covers two dispositions; the vaguer one counts. */
const releaseReasons: { readonly [reason: number]: Meaning } = {
  0: ['connected, the callee hung up'],
  1: ['connected, notification played to the end'],
  4: ['rejected or not answered', 'no-answer'],
  6: ['failed before ringing', 'failed'],
  8: ['no resources', 'failed'],
  9: ['queue timed out', 'failed'],
  10: ['call restricted', 'failed'],
  999: ['recording conference could not start', 'failed'],
}

/** AICC's release callback of bidirectional calls looks alike, has these fields, and gives the reasons other meanings. */
const ofOtherCallback = ['serviceNo', 'caller', 'callData']

const withoutNull = (record: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== 'null'))

/** A stored hang-up in the words of this project. */
export const readAicc = ({ record }: FactContent, { aiccUtcOffset }: FoldSettings): Cdr => {
  const fields = readFields(withoutNull(record), lengths, parseTime(aiccUtcOffset))
  const { text, time, integer, isReadable } = fields
  const isNotification = !ofOtherCallback.some((field) => Object.hasOwn(record, field))
  const reason = integer('releaseReason')
  const isConnected = isNotification && (reason === 0 || reason === 1)
  const answeredAt = time('talkingTime')
  const leg: Leg = {
    party: 'A',
    number: text('called'),
    displayNumber: text('callerPresent'),
    startedAt: time('createCallTime'),
    ringingAt: time('alertingTime'),
    answeredAt,
    isAnswerKnown: isReadable('talkingTime') && !(isConnected && answeredAt === undefined),
    cause: undefined,
  }
  const fileName = text('recordfile')
  return {
    kind: 'cdr',
    scenario: isNotification ? 'notification' : undefined,
    legs: [leg],
    endedAt: time('releaseTime'),
    failedAt: undefined,
    digits: undefined,
    recording: fileName === undefined ? undefined : toRecording(fileName),
    codes:
      reason === undefined || isConnected
        ? []
        : [toFailureCode('releaseReason', reason, (isNotification && releaseReasons[reason]) || undocumented)],
    userData: undefined,
    appKey: undefined,
    received: { ...record, ...fields.record },
    problems: fields.problems,
  }
}

const toRecording = (fileName: string) => ({
  fileName,
  directory: undefined,
  domain: undefined,
  url: undefined,
  startedAt: undefined,
  keptDays: undefined,
})
