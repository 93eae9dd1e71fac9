import { createHmac } from 'node:crypto'
import { parseSecret, readTexts } from './secret.ts'
import { isAmong, isFresh, type Signed, type Verdict, type Verify } from './signature.ts'

// AICC signs the body, by three of its members, `timestamp`, `nonce` and `signature`:
//
//   1. every other member as name=value, sorted by name in UTF-16 code-unit order, joined by `,`;
//      "" stays as `name=`, null is written `null`
//   2. without any space (U+0020), inside values too, as the vendor's sample code has it
//   3. signature = Base64(HMAC-SHA-256(key, key + "_" + timestamp + "_" + nonce + "_" + that text))
//
// The shared key (16 characters or more) is the HMAC's key and a part of its text. The vendor's prose says SHA-256, its
// code HMAC-SHA-256.
//
// The text is not unique: a space inserted into a value, two neighbours merged into one (`"a": "1,b=2"`), a `_` moved
// from the nonce and halves of surrogate pairs, which have no UTF-8, sign alike. So a signature binds a body only if no name and
// no value holds any of them. Nor does it tell text from a number: what it says is the same, so aicc.ts takes it for the same.

/** `["<shared key>"]`, or two of them while one takes the other's place. @throws Error */
export const parseAiccKeys = (secret: string): readonly string[] =>
  readTexts(parseSecret(secret), '', 2, /^.{16,}$/s, 'a shared key of at least 16 characters')

const notSigned = ['timestamp', 'nonce', 'signature']

export const toAiccSignature = (body: Signed, key: string, timestamp: string, nonce: string): string => {
  const names = Object.keys(body).filter((name) => !notSigned.includes(name))
  const parameters = names.sort().map((name) => `${name}=${body[name]}`)
  const text = parameters.join().replaceAll(' ', '')
  return createHmac('sha256', key).update(`${key}_${timestamp}_${nonce}_${text}`).digest('base64')
}

export const verifyAiccSignature = (
  body: Signed,
  keys: readonly string[],
  windowSeconds: number,
  now: Date,
): Verdict => {
  const { timestamp, nonce, signature } = body
  if (isAbsent(timestamp) && isAbsent(nonce) && isAbsent(signature)) return 'unsigned'
  const isReadable =
    fits(timestamp, /^\d{13}$/) && fits(nonce, /^[A-Za-z0-9-]{1,128}$/) && fits(signature, /^[A-Za-z0-9+/]{43}=$/)
  if (!isReadable || Object.values(body).some((value) => typeof value === 'object' && value !== null))
    return 'malformed'
  if (
    !isAmong(
      signature,
      keys.map((key) => toAiccSignature(body, key, timestamp, nonce)),
    )
  )
    return 'mismatch'
  if (!Object.entries(body).every(isBound)) return 'ambiguous'
  return isFresh(Number(timestamp), now, windowSeconds) ? 'valid' : 'stale'
}

export const toAiccVerifier = (secret: string, windowSeconds: number): Verify => {
  const keys = parseAiccKeys(secret)
  return (body, now) => verifyAiccSignature(body, keys, windowSeconds, now)
}

const isAbsent = (value: Signed[string]) => value === undefined || value === null || value === ''

const fits = (value: Signed[string], pattern: RegExp): value is string =>
  typeof value === 'string' && pattern.test(value)

const isPlain = (text: string) => !/[ =,]/.test(text) && text.isWellFormed()

const isBound = ([name, value]: [string, Signed[string]]): boolean =>
  notSigned.includes(name) ||
  (isPlain(name) && (isPlain(String(value)) || fits(value, /^\d{4}\/\d\d\/\d\d,\d\d:\d\d:\d\d:\d{3}$/)))
