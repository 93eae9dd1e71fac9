import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fields, readFields } from '../../shared/fields.ts'
import type { Json, JsonObject } from '../../shared/json.ts'
import { runs } from '../random.ts'

const lengths = { short: 4, one: 1 }
const read = (record: JsonObject) => readFields(record, lengths, (text) => ({ noon: 12, start: 0 })[text])
const smile = '\u{1F600}'

describe('readFields', () => {
  test('reads what can be read and says of the rest what it is', () => {
    type Reader = 'text' | 'integer' | 'time'
    const absent: readonly Json[] = ['', null]
    const given: readonly [Reader, Json, string | number][] = [
      ['text', 'x', 'x'],
      ['text', ' ', ' '],
      ['text', 8613800000021, '8613800000021'],
      ['text', 0, '0'],
      ['integer', 0, 0],
      ['integer', -16, -16],
      ['integer', 1.0, 1],
      ['integer', '17', 17],
      ['integer', ' -017\t', -17],
      ['integer', '9007199254740991', Number.MAX_SAFE_INTEGER],
      ['time', 'noon', 12],
      ['time', 'start', 0],
    ]
    const bad: readonly [Reader, Json, problem: string][] = [
      ['text', true, 'bad-text: f: found a boolean, wanted text'],
      ['text', ['secret'], 'bad-text: f: found an array of 1, wanted text'],
      ['text', { secret: 1 }, 'bad-text: f: found an object, wanted text'],
      ['integer', 1.5, 'bad-number: f: found a number, wanted a whole number'],
      ['integer', 2 ** 53, 'bad-number: f: found a number, wanted a whole number'],
      ['integer', Number.POSITIVE_INFINITY, 'bad-number: f: found a number, wanted a whole number'],
      ['integer', '9007199254740992', 'bad-number: f: found text, wanted a whole number'],
      ['integer', '1e3', 'bad-number: f: found text, wanted a whole number'],
      ['integer', '1.0', 'bad-number: f: found text, wanted a whole number'],
      ['integer', '0x11', 'bad-number: f: found text, wanted a whole number'],
      ['integer', ' ', 'bad-number: f: found text, wanted a whole number'],
      ['integer', '- 1', 'bad-number: f: found text, wanted a whole number'],
      ['integer', false, 'bad-number: f: found a boolean, wanted a whole number'],
      ['integer', [1], 'bad-number: f: found an array of 1, wanted a whole number'],
      ['time', 'secret', 'bad-time: f: found text, wanted a time'],
      ['time', 12, 'bad-time: f: found a number, wanted a time'],
      ['time', {}, 'bad-time: f: found an object, wanted a time'],
    ]
    const readBy = (reader: Reader, fields: Fields) => fields[reader]('f')
    for (const reader of ['text', 'integer', 'time'] as const)
      for (const record of [{}, ...absent.map((f) => ({ f }))]) {
        const fields = read(record)
        expect([readBy(reader, fields), fields.problems]).toEqual([undefined, []])
      }
    for (const [reader, f, value] of given) {
      const fields = read({ f })
      expect([readBy(reader, fields), fields.problems], `${reader} ${JSON.stringify(f)}`).toEqual([value, []])
    }
    for (const [reader, f, problem] of bad) {
      const fields = read({ f })
      expect(readBy(reader, fields), problem).toBeUndefined()
      expect(fields.problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([problem])
      expect(fields.record).toEqual({ f })
    }
  })

  test('reports only what is asked for, in the order of asking', () => {
    const fields = read({ a: [], b: {}, c: true })
    expect(fields.problems).toEqual([])
    fields.time('c')
    fields.text('a')
    expect(fields.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'bad-time c: found a boolean, wanted a time',
      'bad-text a: found an array of 0, wanted text',
    ])
  })

  test('cuts text that is too long, but no pair of surrogates', () => {
    const cases: readonly [field: string, received: string, kept: string][] = [
      ['short', 'abcd', 'abcd'],
      ['short', 'abcde', 'abcd'],
      ['short', `ab${smile}`, `ab${smile}`],
      ['short', `ab${smile}x`, `ab${smile}`],
      ['short', `abc${smile}`, 'abc'],
      ['short', `${smile}${smile}${smile}`, `${smile}${smile}`],
      // The first and the last of all pairs.
      ['short', 'abc\u{10000}', 'abc'],
      ['short', 'ab\u{10000}x', 'ab\u{10000}'],
      ['short', 'abc\u{10FFFF}', 'abc'],
      ['short', 'ab\u{10FFFF}x', 'ab\u{10FFFF}'],
      ['short', 'abc\uD7FFx', 'abc\uD7FF'],
      ['short', 'abc\uE000x', 'abc\uE000'],
      ['one', smile, ''],
      ['other', 'x'.repeat(1024), 'x'.repeat(1024)],
      ['other', 'x'.repeat(1025), 'x'.repeat(1024)],
      ['other', `${'x'.repeat(1023)}${smile}`, 'x'.repeat(1023)],
    ]
    for (const [field, received, kept] of cases) {
      const { record, text, problems } = read({ [field]: received })
      const label = `${field}: ${received.slice(0, 9)}`
      expect(record, label).toEqual({ [field]: kept })
      expect(text(field), label).toBe(kept === '' ? undefined : kept)
      const limit = { short: 4, one: 1 }[field] ?? 1024
      const message = `${field}: found ${received.length} characters, wanted at most ${limit}; the rest is cut here`
      expect(problems, label).toEqual(kept === received ? [] : [{ code: 'text-cut', message }])
    }
  })

  test('never leaves half a pair of well-formed text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '语', smile), maxLength: 8 })
    fc.assert(
      fc.property(text, (short) => {
        const { short: kept } = read({ short }).record
        expect(typeof kept === 'string' && kept.isWellFormed() && short.startsWith(kept)).toBe(true)
      }),
      runs(100),
    )
  })

  test('cuts the name of a field in a message', () => {
    const long = (field: string) => read({ [field]: 'x'.repeat(1025) }).problems[0]?.message
    const rest = ': found 1025 characters, wanted at most 1024; the rest is cut here'
    expect(long('f'.repeat(65))).toBe(`${'f'.repeat(64)}${rest}`)
    expect(long(`${'f'.repeat(63)}${smile}`)).toBe(`${'f'.repeat(63)}${rest}`)
  })

  test('reads a text as it was cut', () => {
    expect(read({ short: 'noon and more' }).time('short')).toBe(12)
  })

  test('keeps every field in its order, those of other types whole', () => {
    const record: JsonObject = JSON.parse('{"z":1,"__proto__":{"a":1},"a":["long text"],"short":12345,"n":null}')
    expect(JSON.stringify(read(record).record)).toBe(JSON.stringify(record))
  })

  test('keeps text in fields named like members of every object', () => {
    const record: JsonObject = JSON.parse('{"constructor":"a","toString":"b","valueOf":"c","__proto__":"d"}')
    const fields = read(record)
    expect(Object.entries(fields.record)).toEqual(Object.entries(record))
    expect(fields.problems).toEqual([])
  })
})
