import type { AttributeValue } from '@aws-sdk/client-dynamodb'

// DynamoDB's rules, as its developer guide has them ("DynamoDB item sizes and formats", "Capacity unit consumption for
// write operations", "Write capacity units for global secondary indexes"):
//
//   an item's size       names and texts in UTF-8; a number one byte for two digits and one more; a boolean or null one
//                        byte; a list or map three bytes and one for each member
//   a write              one unit for each KiB begun of the larger of the item before and after
//   a write in a         two
//   transaction
//   an index             nothing while its entry stays the same, one write when it comes or goes, two when its keys
//                        change; of the entry's own size, and never doubled

export type Item = { readonly [attribute: string]: AttributeValue }

export interface WriteUnits {
  readonly table: number
  readonly index: number
}

/** An index that projects keys only. */
export interface KeysOnlyIndex {
  /** Of the index, and of the table. */
  readonly keys: readonly string[]
}

const unit = 1024

export const toItemSize = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + toValueSize(value), 0)

const toValueSize = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return Math.ceil(value.N.replace(/\D/g, '').length / 2) + 1
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1
  if (value.L) return value.L.reduce((sum, member) => sum + toValueSize(member) + 1, 3)
  if (value.M) return toItemSize(value.M) + Object.keys(value.M).length + 3
  throw new Error(`Cannot size the attribute: found ${Object.keys(value)}, wanted S, N, BOOL, NULL, L or M`)
}

const toUnits = (bytes: number): number => Math.ceil(bytes / unit)

export const toWriteUnits = (
  before: Item | undefined,
  after: Item,
  index: KeysOnlyIndex | undefined,
  inTransaction = false,
): WriteUnits => {
  const larger = Math.max(before ? toItemSize(before) : 0, toItemSize(after))
  return {
    table: toUnits(larger) * (inTransaction ? 2 : 1),
    index: index ? toIndexUnits(toEntry(before, index), toEntry(after, index)) : 0,
  }
}

/** An item without all keys of an index is not in it. */
const toEntry = (item: Item | undefined, { keys }: KeysOnlyIndex): Item | undefined => {
  const entry = keys.flatMap((key) => (item?.[key] ? [[key, item[key]] as const] : []))
  return entry.length === keys.length ? Object.fromEntries(entry) : undefined
}

const toIndexUnits = (before: Item | undefined, after: Item | undefined): number =>
  JSON.stringify(before) === JSON.stringify(after)
    ? 0
    : [before, after].reduce((sum, entry) => sum + (entry ? toUnits(toItemSize(entry)) : 0), 0)
