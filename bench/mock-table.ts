import * as v from 'valibot'
import type { JsonObject } from '../shared/json.ts'

const Value = v.record(v.string(), v.string())
const Item = v.record(v.string(), Value)
const Update = v.object({
  Key: v.object({ id: Value }),
  UpdateExpression: v.string(),
  ConditionExpression: v.optional(v.string()),
  ExpressionAttributeNames: v.optional(v.record(v.string(), v.string()), {}),
  ExpressionAttributeValues: v.optional(Item, {}),
  ReturnValues: v.optional(v.string()),
})

/** No more items are kept, or a long run would fill the memory; a batch has 5,000 calls at most. */
const maxItems = 10_000

/**
 * What DynamoDB answers to the writes that are measured. `UpdateItem` with `ALL_OLD` is done, as far as the worker uses it:
 * `SET a=:a,b=if_not_exists(b,:b) REMOVE c` on condition that `NOT begins_with(a,:c) OR a=:a AND attribute_not_exists(b)`.
 * All other writes are taken for done.
 * @throws Error for anything else
 */
export const createMockTable = (): ((operation: string, body: string) => string) => {
  const items = new Map<string, v.InferOutput<typeof Item>>()
  return (operation, body) => {
    if (operation === 'PutItem' || operation === 'TransactWriteItems') return '{}'
    if (operation !== 'UpdateItem')
      throw new Error(
        `Cannot answer as the table: found ${operation}, wanted UpdateItem, PutItem or TransactWriteItems`,
      )
    const parsed: unknown = JSON.parse(body)
    if (!v.is(v.object({ ReturnValues: v.literal('ALL_OLD') }), parsed)) return '{}'
    const { Key, ...update } = v.parse(Update, parsed)
    const id = JSON.stringify(Key)
    const before = items.get(id)
    if (!holds(update.ConditionExpression, before ?? {}, update.ExpressionAttributeValues))
      throw new Error('Cannot update: found a condition that does not hold, wanted none')
    if (items.size >= maxItems) for (const oldest of [...items.keys()].slice(0, 1)) items.delete(oldest)
    items.set(id, apply(before ?? Key, update))
    return JSON.stringify({ Attributes: before })
  }
}

/** What a mock answers; without a status it is a success. */
export interface Refusal {
  readonly status: number
  readonly body: string
}

/**
 * A table in which every call has ended already, with a CDR of so many bytes that counts more than any that comes: a write
 * that would list a call by another one is refused, and every other gives all of it back.
 */
export const createFullTable = (
  cdr: JsonObject,
  bytes: number,
): ((operation: string, body: string) => string | Refusal) => {
  const spare = bytes - JSON.stringify({ ...cdr, padding: [] }).length
  const padding = Array.from({ length: Math.floor(spare / 1003) }, () => 'x'.repeat(1000))
  const text = JSON.stringify({ ...cdr, padding })
  const Attributes = {
    [`cdr:${'x'.repeat(16)}`]: { S: text },
    listing: { S: 'ended#2019-01-24#0' },
    listedAt: { S: '2019-01-24T03:04:50.000Z' },
    heardAt: { S: '2019-01-24T03:04:50.000Z' },
  }
  const answer = JSON.stringify({ Attributes })
  const refusal = { status: 400, body: '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}' }
  return (operation, body) => {
    if (operation !== 'UpdateItem') throw new Error(`Cannot answer as the table: found ${operation}, wanted UpdateItem`)
    return body.includes('"NOT begins_with(listing,:ended) OR') ? refusal : answer
  }
}

const apply = (
  item: v.InferOutput<typeof Item>,
  {
    UpdateExpression: expression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  }: Omit<v.InferOutput<typeof Update>, 'Key'>,
) => {
  const [, sets, removes = ''] = /^SET (.+?)(?: REMOVE ([\w,#]+))?$/.exec(expression) ?? []
  if (sets === undefined) throw new Error(`Cannot update: found ${expression}, wanted SET … REMOVE …`)
  const after = { ...item }
  const done = sets.replaceAll(set, (_, name: string, unless: string | undefined, value: string) => {
    const attribute = names[name] ?? name
    const kept = unless === undefined ? undefined : item[names[unless] ?? unless]
    after[attribute] = kept ?? values[value] ?? {}
    return ''
  })
  if (done.replaceAll(',', '') !== '')
    throw new Error(`Cannot update: found ${done}, wanted a=:a or a=if_not_exists(a,:a)`)
  for (const name of removes.split(',')) delete after[names[name] ?? name]
  return after
}

const holds = (expression: string | undefined, item: v.InferOutput<typeof Item>, values: v.InferOutput<typeof Item>) =>
  expression === undefined ||
  expression.split(' OR ').some((all) =>
    all.split(' AND ').every((term) => {
      const [, start, begin = '', absent, name = '', value = ''] = condition.exec(term) ?? []
      if (start !== undefined) return !item[start]?.S?.startsWith(values[begin]?.S ?? '')
      if (absent !== undefined) return item[absent] === undefined
      if (name === '') throw new Error(`Cannot update: found the condition ${term}, wanted a=:a or one as above`)
      return JSON.stringify(item[name]) === JSON.stringify(values[value])
    }),
  )

const condition = /^(?:NOT begins_with\((\w+),(:\w+)\)|attribute_not_exists\((\w+)\)|(\w+)=(:\w+))$/

const set = /(#?\w+)=(?:if_not_exists\((#?\w+),)?(:\w+)\)?/g
