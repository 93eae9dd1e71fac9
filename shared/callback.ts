import { escapeNonCharacters, isObject, type Json, type JsonObject, typeOf } from './json.ts'
import { SenderError } from './sender-error.ts'
import type { Verdict } from './signature.ts'

/** One HTTP request of a platform, kept as it was received. */
export interface Callback {
  /** Set by the receiving function, never read from the body. */
  readonly source: string
  readonly verdict: Verdict
  /** The JSON text as it was received. */
  readonly body: string
  /** ISO 8601, UTC. */
  readonly receivedAt: string
}

/** The documented worst case is 147 KiB; a callback of this size still fits an SQS message and a table item. */
export const maxCallbackBytes = 256 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true })

const tooLarge = (bytes: number) =>
  new SenderError('too-large', `Cannot take the callback: found ${bytes} bytes, wanted at most ${maxCallbackBytes}`)

const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new SenderError('not-utf8', 'Cannot read the callback: found bytes that are not UTF-8, wanted UTF-8')
  }
}

/**
 * The body of an API Gateway request as text.
 * @throws SenderError `too-large` | `not-utf8`
 */
export const readBody = (request: { body?: string | undefined; isBase64Encoded: boolean }): string => {
  const bytes = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > maxCallbackBytes) throw tooLarge(bytes.length)
  return decode(bytes)
}

/**
 * JSON text as a queue takes it.
 * @throws SenderError `too-large` when the escapes make it so
 */
export const toQueueText = (json: string): string => {
  const escaped = escapeNonCharacters(json)
  if (escaped === json) return json
  const bytes = Buffer.byteLength(escaped)
  if (bytes > maxCallbackBytes) throw tooLarge(bytes)
  return escaped
}

/**
 * The one JSON object that a callback's body has to be.
 * @throws SenderError `not-json` | `not-an-object`
 */
export const parseBody = (text: string): JsonObject => {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    // V8's own message quotes the body, so it is not passed on.
    const found = text.trim() === '' ? 'an empty body' : `${text.length} characters of something else`
    throw new SenderError('not-json', `Cannot read the callback: found ${found}, wanted one JSON object`)
  }
  if (isObject(value)) return value
  throw new SenderError('not-an-object', `Cannot read the callback: found ${typeOf(value)}, wanted one JSON object`)
}
