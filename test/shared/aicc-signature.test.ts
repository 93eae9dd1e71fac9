import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseAiccKeys, toAiccSignature, toAiccVerifier, verifyAiccSignature } from '../../shared/aicc-signature.ts'
import type { Json, JsonObject } from '../../shared/json.ts'
import { aicc, signed } from './signatures.ts'

const { key, timestamp, nonce } = aicc
const signedAt = Number(timestamp)
const documented: JsonObject = JSON.parse(
  await readFile(new URL('../fixtures/aicc/hangup-answered.json', import.meta.url), 'utf8'),
)
const { signature = '' } = documented
const verify = (body: JsonObject, keys = [key], at = signedAt, window = 300) =>
  verifyAiccSignature(body, keys, window, new Date(at))
const sign = (body: JsonObject, by = key) => signed(body, toAiccSignature(body, by, timestamp, nonce))

const vectors: readonly [JsonObject, string][] = [
  [{ b: '2', a: 1 }, 'JB0mJt65pJU2DJ54xf14j5lFxF9b6HZBKyBgVbaNSzg='],
  [{ b: '2', a: 1, d: 'null', c: '' }, 'F+0WsuWts5D+9X3kp0fq5UsrBOP3tspW1gbnAI2GA3M='],
  [{ b: '2', a: 1, d: null, c: '' }, 'F+0WsuWts5D+9X3kp0fq5UsrBOP3tspW1gbnAI2GA3M='],
  [documented, 'eepwZcUd6FNvCJ7DgbCBQHAM1S4aDqzBV3OQlB/deNc='],
]

test.each(vectors)('the documented vector %# signs as it should', (body, wanted) => {
  expect(toAiccSignature(body, key, timestamp, nonce)).toBe(wanted)
  expect(verify(signed(body, wanted))).toBe('valid')
})

describe('a body', () => {
  test('is valid with either of two keys, whatever the order of its members, and again', () => {
    expect(verify(documented, ['a key that is not it', key])).toBe('valid')
    expect(verify(documented, [key, 'a key that was it'])).toBe('valid')
    expect(verify(documented, ['a key that is not it'])).toBe('mismatch')
    expect(verify(Object.fromEntries(Object.entries(documented).reverse()))).toBe('valid')
    expect(toAiccVerifier(JSON.stringify([key]), 300)(documented, new Date(signedAt))).toBe('valid')
  })

  test('is a mismatch when any member is changed, added or taken away', () => {
    for (const name of Object.keys(documented).filter((name) => name !== 'signature')) {
      const { [name]: value, ...without } = documented
      const verdicts = [
        verify(without),
        verify({ ...documented, [name]: `${value}1` }),
        verify({ ...documented, [`${name}1`]: '' }),
      ]
      expect(verdicts.filter((verdict) => verdict !== 'mismatch' && verdict !== 'malformed')).toEqual([])
    }
    expect(verify({ ...documented, unknown: '1' })).toBe('mismatch')
    expect(verify(JSON.parse(JSON.stringify(documented).replace('{', '{"__proto__":"1",')))).toBe('mismatch')
  })

  test('is sorted by UTF-16 code units', () => {
    // U+1F600 sorts before U+FF5E by code units and after it by code points.
    const body = { '\uff5e': '1', '\u{1f600}': '2' }
    expect(toAiccSignature(body, key, timestamp, nonce)).toBe(
      toAiccSignature({ '\u{1f600}': `2,\uff5e=1` }, key, timestamp, nonce),
    )
  })

  test('that its signature does not bind is not valid', () => {
    const wide: readonly JsonObject[] = [
      // A space inserted into a value or a name.
      { ...documented, callSerialNo: '1197 765398201387012' },
      { ...documented, called: ' 88880067' },
      { ...documented, called: '88880067', 'locationId ': '0', locationId: undefined as unknown as Json },
      { ...documented, releaseTime: '2022/02/22, 10:04:36:318' },
    ]
    for (const body of wide) expect(verify(JSON.parse(JSON.stringify(body)))).toBe('ambiguous')
    // Two neighbours merged into one value, or into one name.
    const { called, callerPresent, ...others } = documented
    expect(verify({ ...others, called: `${called},callerPresent=${callerPresent}` })).toBe('ambiguous')
    expect(verify({ ...others, [`called=${called},callerPresent`]: callerPresent ?? '' })).toBe('ambiguous')
    const { called: _, callSerialNo, ...without } = documented
    expect(verify({ ...without, callSerialNo: `${callSerialNo},called=${called}` })).toBe('ambiguous')
    // The border between nonce and text.
    const moved = toAiccSignature({ a: '1' }, key, timestamp, 'x_')
    expect(verify(signed({ a: '1' }, moved, { nonce: 'x_' }))).toBe('malformed')
  })

  test('without a signature, or with one of another form, says so', () => {
    for (const absent of [undefined, null, ''])
      expect(
        verify(JSON.parse(JSON.stringify({ ...documented, timestamp: absent, nonce: absent, signature: absent }))),
      ).toBe('unsigned')
    const malformed: readonly JsonObject[] = [
      { timestamp: '' },
      { timestamp: 1645524163326 },
      { timestamp: '164552416332' },
      { timestamp: '16455241633260' },
      { nonce: '' },
      { nonce: -14824218080531 },
      { nonce: 'a b' },
      { nonce: 'a'.repeat(129) },
      { signature: '' },
      { signature: null },
      { signature: [signature] },
      { signature: `${signature}=` },
      { called: { number: '1' } },
      { called: ['88880067'] },
    ]
    for (const other of malformed) expect([other, verify({ ...documented, ...other })]).toEqual([other, 'malformed'])
  })

  test('may be as old as the window', () => {
    expect(verify(documented, [key], signedAt - 300_000)).toBe('valid')
    expect(verify(documented, [key], signedAt - 300_001)).toBe('stale')
    expect(verify(documented, [key], signedAt + 300_000)).toBe('valid')
    expect(verify(documented, [key], signedAt + 300_001)).toBe('stale')
    expect(verify(documented, [key], signedAt + 86_400_000, 86_400)).toBe('valid')
    // Only who has the key hears of the time.
    expect(verify({ ...documented, called: '1' }, [key], signedAt + 300_001)).toBe('mismatch')
  })

  test('signed by an empty or short text is signed by nobody', () => {
    expect(verify(sign(documented, ''), [key])).toBe('mismatch')
  })
})

test('keys are refused without being shown', () => {
  const wanted = 'wanted a shared key of at least 16 characters'
  expect(parseAiccKeys(JSON.stringify([key, 'k'.repeat(16)]))).toEqual([key, 'k'.repeat(16)])
  expect(() => parseAiccKeys('{"keys":[]}')).toThrow('found an object, wanted an array of 1 to 2 texts')
  expect(() => parseAiccKeys('["k","k","k"]')).toThrow('found an array of 3, wanted an array of 1 to 2 texts')
  expect(() => parseAiccKeys('["0123456789abcde"]')).toThrow(`found other text of 15 characters at [0], ${wanted}`)
  expect(() => parseAiccKeys('[null]')).toThrow(`found null at [0], ${wanted}`)
  expect(() => parseAiccKeys(key)).toThrow(
    new Error('Cannot read a secret: found 16 characters of something else, wanted JSON'),
  )
})
