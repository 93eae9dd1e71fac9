import { SenderError } from './sender-error.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** Deeper values are refused: `JSON.stringify` in any consumer's language is recursive, and no platform nests at all. */
const maxDepth = 64

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a value is, for messages that must not show it: `an array`, `text`, `nothing`. */
export const typeOf = (value: Json | undefined): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'string') return value === '' ? 'empty text' : 'text'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * JSON text with sorted keys and no blanks: equal values give equal text, whatever order their keys came in.
 * A number too large for a double is written as `1e999`, which every parser reads back as it was read here.
 * @throws SenderError `too-deep` below 64 levels
 */
export const toSortedJson = (value: Json, depth = 0): string => {
  if (depth > maxDepth)
    throw new SenderError('too-deep', `Cannot keep the record: found more than ${maxDepth} levels, wanted fewer`)
  if (typeof value === 'number' && !Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999'
  if (Array.isArray(value)) return `[${value.map((entry) => toSortedJson(entry, depth + 1)).join()}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${toSortedJson(member, depth + 1)}`).join()}}`
}

/**
 * The same JSON text without the two characters that SQS and SNS refuse although JSON allows them: U+FFFE and U+FFFF.
 * In valid JSON they can only stand inside strings and never after a backslash, so the escape means the same.
 */
export const escapeNonCharacters = (json: string): string =>
  json.replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
