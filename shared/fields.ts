import type { Instant, Problem, ProblemCode } from './call.ts'
import { type Json, type JsonObject, typeOf } from './json.ts'

/** The longest documented field of any platform; text in undocumented fields is cut here too. */
const longest = 1024

/** Documented lengths in characters, by field. */
export type Lengths = { readonly [field: string]: number }

/** A record's fields, read forgivingly: what cannot be read is absent and named in `problems`. */
export interface Fields {
  /** The record with over-long text cut. */
  readonly record: JsonObject
  readonly problems: readonly Problem[]
  /** Text, or a whole number that lost no digit where a reseller made one of it. */
  readonly text: (field: string) => string | undefined
  /** A whole number, or text that is one. */
  readonly integer: (field: string) => number | undefined
  readonly time: (field: string) => Instant | undefined
  /** False where a time is given that cannot be read. */
  readonly isReadable: (field: string) => boolean
}

const cut = (text: string, length: number): string => {
  const last = text.charCodeAt(length - 1)
  const splitsPair = last >= 0xd800 && last < 0xdc00
  return text.slice(0, splitsPair ? length - 1 : length)
}

/** Platforms write an absent value as a missing key, as `""` or as `null`. */
const isAbsent = (value: Json | undefined) => value === undefined || value === null || value === ''

export const readFields = (
  received: JsonObject,
  lengths: Lengths,
  parseTime: (text: string) => Instant | undefined,
): Fields => {
  const problems: Problem[] = []
  const report = (code: ProblemCode, field: string, found: string, wanted: string): undefined => {
    problems.push({ code, message: `${field}: found ${found}, wanted ${wanted}` })
  }

  const record: JsonObject = Object.fromEntries(
    Object.entries(received).map(([field, value]) => {
      const length = (Object.hasOwn(lengths, field) && lengths[field]) || longest
      if (typeof value !== 'string' || value.length <= length) return [field, value]
      report('text-cut', cut(field, 64), `${value.length} characters`, `at most ${length}; the rest is cut here`)
      return [field, cut(value, length)]
    }),
  )

  const toTime = (value: Json) => (typeof value === 'string' ? parseTime(value) : undefined)

  const read = <T>(field: string, code: ProblemCode, wanted: string, parse: (value: Json) => T | undefined) => {
    const value = record[field]
    if (value === undefined || isAbsent(value)) return undefined
    const parsed = parse(value)
    return parsed ?? report(code, field, typeOf(value), wanted)
  }

  return {
    record,
    problems,
    text: (field) =>
      read(field, 'bad-text', 'text', (value) =>
        typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : undefined,
      ),
    integer: (field) =>
      read(field, 'bad-number', 'a whole number', (value) => {
        const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) + 0 : value
        return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
      }),
    time: (field) => read(field, 'bad-time', 'a time', toTime),
    isReadable: (field) => {
      const value = record[field]
      return value === undefined || isAbsent(value) || toTime(value) !== undefined
    },
  }
}
