import * as v from 'valibot'

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
