import type { CallRecord } from '../../shared/call-record.ts'
import { isObject, type Json, type JsonObject } from '../../shared/json.ts'
import type { Expected } from './expected.ts'

/** One place where a record is not what it has to be; `undefined` stands for absent. */
export interface Difference {
  readonly field: string
  readonly expected: Json | undefined
  readonly found: Json | undefined
}

/** Every field is compared, those that are not expected included; of codes all but their words. */
export const compareRecord = (expected: Expected, record: CallRecord): readonly Difference[] => {
  const { id, edition, failure, ...rest } = record
  const codes = Array.isArray(failure?.codes) ? failure.codes.map(({ meaning, ...code }) => code) : failure?.codes
  // New with each push of AICC, so whichever came first is kept.
  const { timestamp, nonce, signature, ...cdr } = record.cdr ?? {}
  const found = {
    ...rest,
    ...(record.source === 'aicc' && { cdr }),
    ...(failure && { failure: { ...failure, codes } }),
  }
  const wanted = `${expected.callId}#${expected.revision}.${edition}`
  return [
    ...(id === wanted ? [] : [{ field: 'id', expected: wanted, found: id }]),
    ...compare('', toJson(expected), toJson(found)),
  ]
}

const toJson = (value: object): Json => JSON.parse(JSON.stringify(value))

const compare = (field: string, expected: Json | undefined, found: Json | undefined): readonly Difference[] => {
  const [before, after] = [toMembers(expected), toMembers(found)]
  if (before === undefined || after === undefined) return expected === found ? [] : [{ field, expected, found }]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    compare(field === '' ? name : `${field}.${name}`, before[name], after[name]),
  )
}

/** An array's entries by their index, so that one entry too many is one difference. */
const toMembers = (value: Json | undefined): JsonObject | undefined =>
  Array.isArray(value)
    ? Object.fromEntries(value.map((entry: Json, index) => [index, entry]))
    : isObject(value)
      ? value
      : undefined
