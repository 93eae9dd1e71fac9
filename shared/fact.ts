import { createHash } from 'node:crypto'
import { isObject, type Json, type JsonObject, toSortedJson } from './json.ts'
import type { SenderError } from './sender-error.ts'

/**
 * The smallest thing that is stored: one status event, CDR or hang-up, as one attribute of its call's item.
 * `name` is `<kind>:<hash of the content>`, so a repeat writes the same attribute and changes nothing.
 */
export interface Fact {
  readonly name: string
  /**
   * Sorted JSON: the record as received, without the session id that the item's key already holds (an item below
   * 1 KiB costs one write unit an update, above it two). Where the callback carried more around the record, the text
   * is the array `[record, rest of the callback]`.
   */
  readonly text: string
}

export interface FactContent {
  readonly kind: string
  readonly record: JsonObject
  readonly envelope: JsonObject
}

/** What one callback's body comes to: every record is either a fact of a call or rejected, none is dropped. */
export interface Split {
  readonly found: readonly Found[]
  readonly rejected: readonly Rejected[]
}

export interface Found {
  readonly callId: string
  readonly fact: Fact
  /** A callback of its own, for the quarantine: put through again, it gives the same fact. */
  readonly body: () => string
}

export interface Rejected {
  /** Its pointer is one into `body`. */
  readonly error: SenderError
  readonly body: string
}

/** 96 bits in 16 characters: 10 billion facts of one call collide with a probability below 10⁻⁹. */
export const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16)

/**
 * @param lasting what of the record stays the same from one push of the same thing to the next: the rest is kept, but
 * a repeat that differs in nothing else is the same fact
 * @throws SenderError `too-deep`
 */
export const toFact = ({ kind, record, envelope }: FactContent, lasting = record): Fact => {
  const toText = (fields: JsonObject) => toSortedJson(Object.keys(envelope).length === 0 ? fields : [fields, envelope])
  const text = toText(record)
  return { name: `${kind}:${hash(lasting === record ? text : toText(lasting))}`, text }
}

/** Attributes of an item that are facts; no other attribute's name holds a colon. */
export const isFactName = (attribute: string): boolean => attribute.includes(':')

export const readFact = ({ name, text }: Fact): FactContent => {
  const value: Json = JSON.parse(text)
  const [record, envelope] = Array.isArray(value) ? value : [value, {}]
  if (!isObject(record) || !isObject(envelope))
    throw new Error(`Cannot read fact ${name}: found other JSON, wanted a record`)
  return { kind: name.slice(0, name.indexOf(':')), record, envelope }
}
