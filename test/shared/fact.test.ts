import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FactContent, hash, isFactName, readFact, toFact } from '../../shared/fact.ts'
import { isObject, type Json, type JsonObject } from '../../shared/json.ts'
import { runs } from '../random.ts'

const parse = (text: string): JsonObject => JSON.parse(text)

describe('hash', () => {
  test('is the first 96 bits of SHA-256 in base64url', () => {
    // The digests of FIPS 180 for no text and for "abc".
    expect(hash('')).toBe('47DEQpj8HBSa-_TI')
    expect(hash('abc')).toBe('ungWv48Bz-pBQUDe')
    expect(hash('é')).toBe(hash('\u00e9'))
    expect(hash('é')).not.toBe(hash('e\u0301'))
  })
})

describe('toFact', () => {
  test('keeps the record alone, or with what came around it', () => {
    const record = { b: 1, a: 'x' }
    const cases: readonly [FactContent, string][] = [
      [{ kind: 'cdr', record, envelope: {} }, '{"a":"x","b":1}'],
      [{ kind: 'answer', record, envelope: { z: null, y: [] } }, '[{"a":"x","b":1},{"y":[],"z":null}]'],
      [{ kind: 'event', record: {}, envelope: {} }, '{}'],
    ]
    for (const [content, text] of cases)
      expect(toFact(content)).toEqual({ name: `${content.kind}:${hash(text)}`, text })
  })

  test('gives the same fact for every order of keys and another for every other content', () => {
    const content = { kind: 'answer', record: { a: 1, b: 2 }, envelope: {} }
    expect(toFact({ ...content, record: { b: 2, a: 1 } })).toEqual(toFact(content))
    const others: readonly Partial<FactContent>[] = [
      { kind: 'callout' },
      { record: { a: 1, b: '2' } },
      { record: { a: 1 } },
      { envelope: { a: 1 } },
    ]
    const names = [{}, ...others].map((other) => toFact({ ...content, ...other }).name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('refuses a record below 64 levels', () => {
    const record = parse(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)
    expect(() => toFact({ kind: 'cdr', record, envelope: {} })).toThrow(
      expect.objectContaining({
        name: 'SenderError',
        code: 'too-deep',
        message: 'Cannot keep the record: found more than 64 levels, wanted fewer',
      }),
    )
  })
})

describe('isFactName', () => {
  test('tells facts from the other attributes of an item', () => {
    const names = ['cdr:47DEQpj8HBSa-_TI', 'id', 'listing', 'listedAt', 'talkSeconds', 'disposition', 'expiresAt']
    expect(names.filter(isFactName)).toEqual(['cdr:47DEQpj8HBSa-_TI'])
  })
})

describe('readFact', () => {
  const object = fc
    .json()
    .map((text): Json => JSON.parse(text))
    .filter(isObject)

  test('gives back what toFact was given', () => {
    fc.assert(
      fc.property(fc.constantFrom('cdr', 'callout', 'event'), object, object, (kind, record, envelope) => {
        const content = { kind, record, envelope }
        expect(readFact(toFact(content))).toEqual(content)
      }),
      runs(100),
    )
  })

  test('keeps keys named like members of every object', () => {
    const record = parse('{"__proto__":{"a":1},"constructor":"c","toString":null,"hasOwnProperty":0}')
    const content = readFact(toFact({ kind: 'cdr', record, envelope: parse('{"__proto__":"p"}') }))
    expect(Object.entries(content.record).sort()).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 'c'],
      ['hasOwnProperty', 0],
      ['toString', null],
    ])
    expect(Object.entries(content.envelope)).toEqual([['__proto__', 'p']])
  })

  test('keeps a number that is too large for a double as it was read', () => {
    const record = parse('{"a":1e400,"b":-1e400}')
    expect(readFact(toFact({ kind: 'cdr', record, envelope: {} })).record).toEqual({
      a: Number.POSITIVE_INFINITY,
      b: Number.NEGATIVE_INFINITY,
    })
  })

  test('refuses other JSON, naming the fact and not its content', () => {
    const others: readonly Json[] = [null, 7, 'secret', [], [{}], [{}, null], [{}, []], [[], {}], ['secret', {}]]
    for (const other of others)
      expect(() => readFact({ name: 'cdr:abc', text: JSON.stringify(other) }), JSON.stringify(other)).toThrow(
        expect.objectContaining({ message: 'Cannot read fact cdr:abc: found other JSON, wanted a record' }),
      )
  })
})
