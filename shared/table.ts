import { createHash } from 'node:crypto'
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { toQuickClient } from './quick-client.ts'
import { timeouts } from './timeouts.ts'

// One table for all that is kept. Every item is listed under what it is waiting for:
//
//   id         S   `<source>/<session id>` of a call, `held/<hash>`, `quarantined/<hash>`
//   listing    S   a partition of the index: `open#3`, `missing#3`, `ended#2019-01-24#3`, `held#3`, `quarantined#3`
//   listedAt   S   ISO 8601, the order within it
//   expiresAt  N   seconds since 1970, the table's TTL; absent from what must not go by itself
//
// The index `listings` has `listing` and `listedAt` as its keys and holds nothing else.

export type Item = Record<string, AttributeValue>

export interface Table {
  readonly client: DynamoDBClient
  readonly name: string
}

export const openTable = (name: string, maxAttempts = 3): Table => ({
  client: toQuickClient(new DynamoDBClient({ requestHandler: timeouts, maxAttempts, cacheMiddleware: true })),
  name,
})

/** A partition of the index takes 1,000 write units a second; 8 of them take 4,000 calls ending in one second. */
export const shards: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7]

export const shardOf = (id: string): number => createHash('sha256').update(id).digest().readUInt8(0) % shards.length

/** @param patience milliseconds, retries included */
export const putItem = async ({ client, name }: Table, item: Item, patience?: number): Promise<void> => {
  // Options, be they empty, make a client forget the chains of steps that it keeps.
  const options = patience === undefined ? undefined : { abortSignal: AbortSignal.timeout(patience) }
  await client.send(new PutItemCommand({ TableName: name, Item: item }), options)
}

/** @param isLatest after every write that was answered, for twice the price */
export const getItem = async ({ client, name }: Table, id: string, isLatest = false): Promise<Item | undefined> => {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: { id: { S: id } }, ConsistentRead: isLatest }),
  )
  return Item
}

/** The items that are there, in no order. */
export const getItems = async ({ client, name }: Table, ids: readonly string[]): Promise<readonly Item[]> => {
  const found: Item[] = []
  const left = [...new Set(ids)].map((id): Item => ({ id: { S: id } }))
  while (left.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [name]: { Keys: left.splice(0, 100) } } }),
    )
    found.push(...(Responses?.[name] ?? []))
    left.push(...(UnprocessedKeys?.[name]?.Keys ?? []))
  }
  return found
}

export interface Update {
  /** Set where the item has no such attribute. */
  readonly defaults?: Item | undefined
  readonly sets: Item
  readonly removes?: readonly string[] | undefined
  /** In it, `:name` is the value that `name` is set to; those of other placeholders are given. */
  readonly condition?: { readonly expression: string; readonly values?: Item } | undefined
}

/**
 * The whole item after the update, or `undefined` where the condition does not hold. The table tells what the item was
 * before, so that nothing that was just sent comes back to be read again; the rest follows from the update.
 */
export const updateItem = async (
  { client, name: tableName }: Table,
  id: string,
  { defaults = {}, sets, removes = [], condition }: Update,
): Promise<Item | undefined> => {
  const names: Record<string, string> = {}
  const values: Item = { ...condition?.values }
  const toSet = Object.entries({ ...defaults, ...sets }).map(([name, value], n) => {
    // A fact's name is no word, so it cannot stand in an expression.
    const isWord = !name.includes(':')
    const [inExpression, placeholder] = isWord ? [name, `:${name}`] : [`#${n}`, `:${n}`]
    if (!isWord) names[inExpression] = name
    values[placeholder] = value
    return `${inExpression}=${name in sets ? placeholder : `if_not_exists(${inExpression},${placeholder})`}`
  })
  try {
    const { Attributes: before } = await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { id: { S: id } },
        UpdateExpression: `SET ${toSet.join()}${removes.length > 0 ? ` REMOVE ${removes.join()}` : ''}`,
        ConditionExpression: condition?.expression,
        ExpressionAttributeNames: Object.keys(names).length > 0 ? names : undefined,
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_OLD',
      }),
    )
    const after: Item = { ...defaults, ...before, ...sets }
    for (const name of removes) delete after[name]
    return after
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

/** Removes an item, if it still has the value that it was read with. */
export const deleteItem = async (
  { client, name }: Table,
  id: string,
  still?: { readonly attribute: string; readonly value: string },
): Promise<void> => {
  const condition = still && {
    ConditionExpression: '#still=:still',
    ExpressionAttributeNames: { '#still': still.attribute },
    ExpressionAttributeValues: { ':still': { S: still.value } },
  }
  try {
    await client.send(new DeleteItemCommand({ TableName: name, Key: { id: { S: id } }, ...condition }))
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
}

/** Where an item stands in its partition of the index. */
export interface Place {
  readonly id: string
  readonly listedAt: string
}

export interface Places {
  readonly places: readonly Place[]
  readonly more: Place | undefined
}

/**
 * The items of one partition, by the time that they are listed with.
 * @param within the start that the times have in common, or the time that they lie before
 */
export const listPartition = async (
  { client, name }: Table,
  listing: string,
  limit: number,
  within: { readonly start: string } | { readonly before: string },
  after?: Place,
): Promise<Places> => {
  const byStart = 'start' in within
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: name,
      IndexName: 'listings',
      KeyConditionExpression: byStart ? 'listing=:p AND begins_with(listedAt,:t)' : 'listing=:p AND listedAt<:t',
      ExpressionAttributeValues: { ':p': { S: listing }, ':t': { S: byStart ? within.start : within.before } },
      Limit: limit,
      ExclusiveStartKey: after && { listing: { S: listing }, listedAt: { S: after.listedAt }, id: { S: after.id } },
    }),
  )
  return { places: Items.map(toPlace), more: LastEvaluatedKey && toPlace(LastEvaluatedKey) }
}

/** Later than any time that something is listed with. */
export const always = { before: '9' } as const

/** DynamoDB's words for an item that would grow over 400 KB: what is added is at fault, not the table. */
export const isItemFull = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && error.message.includes('Item size')

const toPlace = (item: Item): Place => ({ id: item.id?.S ?? '', listedAt: item.listedAt?.S ?? '' })
