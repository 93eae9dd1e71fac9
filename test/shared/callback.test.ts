import { describe, expect, test } from 'vitest'
import { maxCallbackBytes, parseBody, readBody, toQueueText } from '../../shared/callback.ts'
import type { SenderErrorCode } from '../../shared/sender-error.ts'

const KiB = 1024
const inBase64 = (...bytes: readonly (string | number)[]) => ({
  body: Buffer.concat(
    bytes.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.of(part))),
  ).toString('base64'),
  isBase64Encoded: true,
})
const asText = (body: string) => ({ body, isBase64Encoded: false })
const senderError = (code: SenderErrorCode, message: string) =>
  expect.objectContaining({ name: 'SenderError', code, message, pointer: '' })

describe('readBody', () => {
  test('gives the text of a body, whichever way it came', () => {
    const texts = ['', '{}', '{"a":"é 语音 \u{1F600}"}', 'no JSON', '{"a":"\uFFFD"}', '"in the \uFEFF middle"']
    for (const text of texts)
      for (const request of [asText(text), inBase64(text)]) expect(readBody(request), text).toBe(text)
    expect(readBody({ isBase64Encoded: false })).toBe('')
    expect(readBody({ body: undefined, isBase64Encoded: true })).toBe('')
    expect(readBody(asText('e30='))).toBe('e30=')
  })

  test('drops one byte order mark', () => {
    for (const request of [asText('\uFEFF{}'), inBase64('\uFEFF{}'), inBase64(0xef, 0xbb, 0xbf, '{}')])
      expect(readBody(request)).toBe('{}')
    expect(readBody(asText('\uFEFF\uFEFF{}'))).toBe('\uFEFF{}')
  })

  test('takes 256 KiB and refuses one byte more, counted in UTF-8', () => {
    expect(maxCallbackBytes).toBe(256 * KiB)
    const full = 256 * KiB
    const bodies: readonly [what: string, body: string, bytes: number][] = [
      ['ASCII', 'x'.repeat(full), full],
      ['two bytes each', 'é'.repeat(full / 2), full],
      ['four bytes each', '\u{1F600}'.repeat(full / 4), full],
    ]
    for (const [what, body, bytes] of bodies)
      for (const toRequest of [asText, inBase64]) {
        expect(Buffer.byteLength(readBody(toRequest(body))), what).toBe(bytes)
        expect(() => readBody(toRequest(`x${body}`)), what).toThrow(
          senderError('too-large', `Cannot take the callback: found ${bytes + 1} bytes, wanted at most 262144`),
        )
      }
  })

  test('says the size of what is far too large', () => {
    expect(() => readBody(asText('x'.repeat(6_000_000)))).toThrow(
      senderError('too-large', 'Cannot take the callback: found 6000000 bytes, wanted at most 262144'),
    )
  })

  test('refuses bytes that are not UTF-8, and reads the next body all the same', () => {
    const invalid: readonly (readonly (string | number)[])[] = [
      [0xff],
      ['{"a":"', 0x80, '"}'],
      ['{"a":"', 0xe9, '"}'], // Latin-1
      [0xc0, 0xaf], // overlong
      [0xed, 0xa0, 0x80], // half a surrogate pair
      [0xf4, 0x90, 0x80, 0x80], // above U+10FFFF
      [0xef, 0xbb, 0xbf, 0xe2, 0x82], // cut off
      [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00], // UTF-16
    ]
    for (const bytes of invalid) {
      expect(() => readBody(inBase64(...bytes)), bytes.join()).toThrow(
        senderError('not-utf8', 'Cannot read the callback: found bytes that are not UTF-8, wanted UTF-8'),
      )
      expect(readBody(inBase64('\uFEFF{}'))).toBe('{}')
    }
  })
})

describe('parseBody', () => {
  test('gives the one object', () => {
    expect(parseBody(' {"eventType":"fee","feeLst":[{"a":null}]}\r\n')).toEqual({
      eventType: 'fee',
      feeLst: [{ a: null }],
    })
    expect(Object.entries(parseBody('{"__proto__":{"a":1}}'))).toEqual([['__proto__', { a: 1 }]])
  })

  test('refuses all else without quoting it', () => {
    const wanted = 'wanted one JSON object'
    const bodies: readonly [body: string, code: SenderErrorCode, found: string][] = [
      ['', 'not-json', 'an empty body'],
      [' \r\n\t', 'not-json', 'an empty body'],
      ['secret', 'not-json', '6 characters of something else'],
      ['{"secret":1', 'not-json', '11 characters of something else'],
      ["{'secret':1}", 'not-json', '12 characters of something else'],
      ['{"secret":1,}', 'not-json', '13 characters of something else'],
      ['{}{}', 'not-json', '4 characters of something else'],
      ['{"a":"\n"}', 'not-json', '9 characters of something else'],
      ['{"a":NaN}', 'not-json', '9 characters of something else'],
      ['\uFEFF{}', 'not-json', '3 characters of something else'],
      ['eventType=fee', 'not-json', '13 characters of something else'],
      ['['.repeat(200_000), 'not-json', '200000 characters of something else'],
      ['null', 'not-an-object', 'null'],
      ['"secret"', 'not-an-object', 'text'],
      ['""', 'not-an-object', 'empty text'],
      ['13800000021', 'not-an-object', 'a number'],
      ['true', 'not-an-object', 'a boolean'],
      ['[]', 'not-an-object', 'an array of 0'],
      ['[{"eventType":"fee"}]', 'not-an-object', 'an array of 1'],
    ]
    for (const [body, code, found] of bodies)
      expect(() => parseBody(body), body.slice(0, 30)).toThrow(
        senderError(code, `Cannot read the callback: found ${found}, ${wanted}`),
      )
  })

  test('takes nothing for an escape that is none', () => {
    expect(() => parseBody(readBody(asText('{"a":"\\\uFFFE"}')))).toThrow(expect.objectContaining({ code: 'not-json' }))
  })
})

describe('toQueueText', () => {
  test('escapes what SQS refuses and nothing else', () => {
    expect(toQueueText('{"a":"\uFFFE\uFFFF"}')).toBe('{"a":"\\ufffe\\uffff"}')
    expect(toQueueText('{"a":"\uFFFD é \u{1F600}"}')).toBe('{"a":"\uFFFD é \u{1F600}"}')
  })

  test('refuses what its escapes make too large', () => {
    // Each is three bytes as received and six as an escape.
    const full = (before: string) => `${before}${'\uFFFF'.repeat(43_690)}xxxx`
    expect(Buffer.byteLength(toQueueText(full('')))).toBe(256 * KiB)
    expect(() => toQueueText(full('x'))).toThrow(
      senderError('too-large', 'Cannot take the callback: found 262145 bytes, wanted at most 262144'),
    )
  })
})
