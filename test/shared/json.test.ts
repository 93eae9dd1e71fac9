import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeNonCharacters, isObject, type Json, toSortedJson, typeOf } from '../../shared/json.ts'
import { runs } from '../random.ts'

const parse = (text: string): Json => JSON.parse(text)
const nested = (levels: number, open: string, close: string) => parse(`${open.repeat(levels)}1${close.repeat(levels)}`)

describe('isObject', () => {
  test('takes objects and nothing else', () => {
    const values: readonly (Json | undefined)[] = [{}, { a: 1 }, [], [{}], null, undefined, '', '{}', 0, true]
    expect(values.filter(isObject)).toEqual([{}, { a: 1 }])
  })
})

describe('typeOf', () => {
  test('names a value without showing it', () => {
    const cases: readonly [Json | undefined, string][] = [
      [undefined, 'nothing'],
      [null, 'null'],
      [[], 'an array of 0'],
      [['secret', 'secret'], 'an array of 2'],
      ['', 'empty text'],
      [' ', 'text'],
      ['secret', 'text'],
      [{ secret: 1 }, 'an object'],
      [0, 'a number'],
      [false, 'a boolean'],
    ]
    for (const [value, name] of cases) expect(typeOf(value), JSON.stringify(value)).toBe(name)
  })
})

describe('toSortedJson', () => {
  test('sorts the keys of every level and writes no blanks', () => {
    const cases: readonly [received: string, sorted: string][] = [
      ['{ "b": 1, "a": { "d": [ 1, "x y", null ], "c": true } }', '{"a":{"c":true,"d":[1,"x y",null]},"b":1}'],
      ['[{"b":1,"a":2},{"2":0,"10":0}]', '[{"a":2,"b":1},{"10":0,"2":0}]'],
      ['{"é":1,"z":2,"Z":3,"":4}', '{"":4,"Z":3,"z":2,"é":1}'],
      ['{"a":"\\"\\u0000\\ud800"}', '{"a":"\\"\\u0000\\ud800"}'],
      ['{"b":1,"__proto__":{"z":1,"y":2},"a":3}', '{"__proto__":{"y":2,"z":1},"a":3,"b":1}'],
      ['[]', '[]'],
      ['{}', '{}'],
      ['null', 'null'],
      ['1.50', '1.5'],
      ['-0', '0'],
      ['{"a":1e400,"b":[-1e400]}', '{"a":1e999,"b":[-1e999]}'],
    ]
    for (const [received, sorted] of cases) expect(toSortedJson(parse(received)), received).toBe(sorted)
  })

  test('its text does not depend on the order of keys and parses back to an equal value', () => {
    const reorder = (value: Json, compare: (a: string, b: string) => number): Json => {
      if (isObject(value))
        return Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => compare(a, b))
            .map(([key, member]) => [key, reorder(member, compare)]),
        )
      return Array.isArray(value) ? value.map((entry) => reorder(entry, compare)) : value
    }
    fc.assert(
      fc.property(fc.json().map(parse), fc.compareFunc<string>(), (value, compare) => {
        const text = toSortedJson(value)
        expect(toSortedJson(reorder(value, compare))).toBe(text)
        expect(parse(text)).toEqual(value)
        expect(text).toHaveLength(JSON.stringify(value).length)
      }),
      runs(100),
    )
  })

  for (const [kind, open, close] of [
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ] as const)
    test(`takes 64 levels of ${kind} and refuses 65`, () => {
      expect(toSortedJson(nested(64, open, close))).toBe(`${open.repeat(64)}1${close.repeat(64)}`)
      for (const levels of [65, 10_000])
        expect(() => toSortedJson(nested(levels, open, close)), `${levels}`).toThrow(
          expect.objectContaining({
            name: 'SenderError',
            code: 'too-deep',
            pointer: '',
            message: 'Cannot keep the record: found more than 64 levels, wanted fewer',
          }),
        )
    })
})

describe('escapeNonCharacters', () => {
  test('escapes U+FFFE and U+FFFF and nothing else', () => {
    const cases: readonly [string, string][] = [
      ['{"a":"\uFFFE\uFFFF\uFFFE"}', '{"a":"\\ufffe\\uffff\\ufffe"}'],
      ['{"a":"\uFFFD\uFDD0\uFEFF\u{1FFFE}\u{10FFFF}é"}', '{"a":"\uFFFD\uFDD0\uFEFF\u{1FFFE}\u{10FFFF}é"}'],
      ['', ''],
    ]
    for (const [json, escaped] of cases) expect(escapeNonCharacters(json)).toBe(escaped)
  })

  test('leaves the value as it is', () => {
    const text = fc.string({ unit: fc.constantFrom('\uFFFE', '\uFFFF', '\\', '"', 'u', '\u{1F600}') })
    fc.assert(
      fc.property(text, (value) => {
        const escaped = escapeNonCharacters(JSON.stringify(value))
        expect(escaped).not.toMatch(/[\uFFFE\uFFFF]/)
        expect(parse(escaped)).toBe(value)
      }),
      runs(100),
    )
  })
})
