import type { CallPage, CallView } from '../contract/call-record.ts'
import { type FoldSettings, isKey } from './call.ts'
import { toCallRecord } from './call-record.ts'
import { type Cursor, type Page, partitions, type StoredCall } from './calls-table.ts'
import { readFact } from './fact.ts'
import { foldCall, toEvents } from './fold-call.ts'
import { toInstant, toIso } from './instant.ts'
import { isObject, type Json } from './json.ts'
import { SenderError } from './sender-error.ts'
import { isSource, toReceived } from './source.ts'

/** A call as `GET /calls/{source}/{id}` shows it: its record as it now stands, and all that was received of it. */
export type { CallView } from '../contract/call-record.ts'

/** A Lambda function may answer 6 MB of JSON, in which its body is text; what is left here is for the record. */
const maxEventsBytes = 5 * 1024 * 1024

export const toCallView = (
  { callId, facts }: Pick<StoredCall, 'callId' | 'facts'>,
  settings: FoldSettings,
): CallView => {
  const call = foldCall(callId, facts, settings)
  const events = toEvents(callId, facts, settings).map(({ fact, at }) => {
    const content = readFact(fact)
    const [time, received] = [toIso(at), toReceived(callId, content)]
    return { event: content.kind, ...(time === undefined ? {} : { at: time }), received }
  })
  let bytes = 0
  const shown = events.filter((event) => {
    bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(event)))
    return bytes <= maxEventsBytes
  })
  const eventsLeftOut = events.length - shown.length
  return { ...toCallRecord(call), events: shown, ...(eventsLeftOut > 0 && { eventsLeftOut }) }
}

/** A page of a day's calls as `GET /calls` shows it. */
export const toPageView = ({ calls, next }: Page, settings: FoldSettings): CallPage => ({
  calls: calls.map(({ callId, facts }) => toCallRecord(foldCall(callId, facts, settings))),
  ...(next && { cursor: toCursorText(next) }),
})

/**
 * The ids of calls that a path may mean, best first. HTTP APIs give path parameters decoded; an id that then still
 * holds an escape is looked up as it is and, if that is no call, decoded once more.
 */
export const toCallIds = (source = '', id = ''): readonly string[] => {
  if (!isSource(source)) return []
  return [...new Set([id, tryDecode(id)])]
    .filter((text) => text.length <= maxIdLength && text.isWellFormed())
    .map((text) => `${source}/${text}`)
}

const tryDecode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** No platform has longer ids. */
const maxIdLength = 256

/** 50 records of usual size are far within the 6 MB that a Lambda function may answer. */
const maxLimit = 50

/**
 * What `GET /calls` was asked for: `day` (UTC, default today), `limit` (1 to 50, default 50), `cursor` (of the page before).
 * @throws SenderError `bad-request` naming the parameter
 */
export const parseCallsQuery = (
  query: { readonly [name: string]: string | undefined },
  now: Date,
): { start: Cursor; limit: number } => {
  const { day, limit = String(maxLimit), cursor, ...others } = query
  const reject = (name: string, wanted: string) =>
    new SenderError('bad-request', `Cannot list calls: found another value for ${name}, wanted ${wanted}`)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw new SenderError('bad-request', 'Cannot list calls: found another parameter, wanted day, limit or cursor')
  if (!/^\d{1,2}$/.test(limit) || Number(limit) < 1 || Number(limit) > maxLimit)
    throw reject('limit', `1 to ${maxLimit}`)
  if (day !== undefined && !isDay(day)) throw reject('day', 'a UTC day, yyyy-MM-dd')
  const start =
    cursor === undefined ? { day: day ?? now.toISOString().slice(0, 10), partition: 0 } : parseCursor(cursor)
  if (start === undefined || (day !== undefined && day !== start.day))
    throw reject('cursor', 'the cursor of the page before, for the same day')
  return { start, limit: Number(limit) }
}

const isDay = (text: string): boolean => toInstant(`${text}T00:00:00.000Z`) !== undefined

const isTimeOf = (day: string, text: string): boolean => text.startsWith(day) && /^[-\dT:.Z]{24}$/.test(text)

/** Opaque to clients: base64url of the cursor's JSON. */
export const toCursorText = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

const parseCursor = (text: string): Cursor | undefined => {
  let value: Json
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { day, partition, after } = value
  if (typeof day !== 'string' || !isDay(day)) return undefined
  if (typeof partition !== 'number' || partitions[partition] === undefined) return undefined
  if (after === undefined) return { day, partition }
  // DynamoDB refuses a place that is not in the range of the query.
  if (!isObject(after) || typeof after.listedAt !== 'string' || !isTimeOf(day, after.listedAt)) return undefined
  if (typeof after.id !== 'string' || !isKey(after.id)) return undefined
  return { day, partition, after: { listedAt: after.listedAt, id: after.id } }
}
