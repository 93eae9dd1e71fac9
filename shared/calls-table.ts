import { createHash } from 'node:crypto'
import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Callback } from './callback.ts'
import { type Fact, hash, isFactName } from './fact.ts'
import type { Call } from './fold-call.ts'
import type { SenderError } from './sender-error.ts'

// One item per call, one attribute per fact:
//
//   id           S   the call's id, `<source>/<session id>`
//   <kind>:<hash> S  one attribute per fact, see fact.ts
//   listing      S   what the item is waiting for and a shard: `open#3`, `ended#2019-01-24#3`, `quarantined#3`
//   listedAt     S   ISO 8601: first receipt; for an ended call its end
//   talkSeconds  N   for people who read the table; the fold remains the truth
//   disposition  S   the same
//   expiresAt    N   seconds since 1970, the table's TTL
//
// The index `listings` has `listing` and `listedAt` as its keys and holds nothing else.

/** All facts of a call that is known, in no order. */
export interface StoredCall {
  readonly callId: string
  readonly facts: readonly Fact[]
  /** What people who read the table see. */
  readonly shown: {
    readonly talkSeconds: number | undefined
    readonly disposition: string | undefined
    readonly listedAt: string | undefined
  }
}

export interface CallsTable {
  /**
   * Adds facts to a call, at most 100 and 400 KB, and gives all that are now known of it, in one request.
   * @param known the fold of what the caller knows, by which the call is listed and shown
   * @throws what `isItemFull` tells of, when the facts do not fit their call
   */
  readonly addFacts: (callId: string, facts: readonly Fact[], known: Call, receivedAt: string) => Promise<StoredCall>
  /** Lists and shows a call as all its facts have it. */
  readonly show: (call: Call, receivedAt: string) => Promise<void>
  readonly quarantine: (callback: Callback, reason: SenderError) => Promise<void>
}

export interface CallsReader {
  readonly getCall: (callId: string) => Promise<StoredCall | undefined>
  /**
   * The calls that ended on a UTC day (by their CDR) and those first heard of on it that have no CDR yet, each at
   * least once: a walk over the index's partitions, so `next` skips nothing; a call that ends meanwhile may come twice.
   */
  readonly listCalls: (start: Cursor, limit: number) => Promise<Page>
}

/** Where a listing of a UTC day (`yyyy-MM-dd`) goes on: the partition of the index and the place within it. */
export interface Cursor {
  readonly day: string
  readonly partition: number
  readonly after?: { readonly listedAt: string; readonly id: string }
}

export interface Page {
  readonly calls: readonly StoredCall[]
  readonly next: Cursor | undefined
}

/** A partition of the index takes 1,000 write units a second; 8 of them take 4,000 calls ending in one second. */
const shards = 8

const shardOf = (id: string): number => createHash('sha256').update(id).digest().readUInt8(0) % shards

/** All partitions that a day's calls may be in. A call moves from `open` to `ended`, so this order skips none of them. */
export const partitions = (['open', 'ended'] as const).flatMap((listing) =>
  Array.from({ length: shards }, (_, shard) => ({ listing, shard })),
)

/** DynamoDB's words for an item that would grow over 400 KB: the fact is at fault, not the table. */
export const isItemFull = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && error.message.includes('Item size')

export const openCallsTable = (table: string, retentionDays: number): CallsTable => {
  const client = new DynamoDBClient({})
  const expiresAt = (from: string) => ({ N: String(Math.floor(Date.parse(from) / 1000) + retentionDays * 86_400) })

  const update = (callId: string, facts: readonly Fact[], known: Call, receivedAt: string) => {
    const listing = toListing(callId, known, receivedAt)
    const names = Object.fromEntries(facts.map(({ name }, n) => [`#${n}`, name]))
    return client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { id: { S: callId } },
        UpdateExpression: `SET ${facts.map((_, n) => `#${n}=if_not_exists(#${n},:${n}),`).join('')}${listing.expression}`,
        ExpressionAttributeNames: facts.length > 0 ? names : undefined,
        ExpressionAttributeValues: {
          ...Object.fromEntries(facts.map(({ text }, n) => [`:${n}`, { S: text }])),
          ...listing.values,
          ':expiresAt': expiresAt(receivedAt),
        },
        ReturnValues: 'ALL_NEW',
      }),
    )
  }

  return {
    addFacts: async (callId, facts, known, receivedAt) => {
      const { Attributes = {} } = await update(callId, facts, known, receivedAt)
      return toStoredCall(callId, Attributes)
    },

    show: async (call, receivedAt) => {
      try {
        await update(call.callId, [], call, receivedAt)
      } catch (error) {
        // A call that is full to the last byte is shown as it was; the fold remains the truth.
        if (!isItemFull(error)) throw error
      }
    },

    quarantine: async ({ source, verdict, body, receivedAt }, { code, message, pointer }) => {
      // The same callback with the same fault is the same item, however often it comes back.
      const id = `quarantined/${hash(`${source}\n${pointer}\n${body}`)}`
      const Item = {
        id: { S: id },
        source: { S: source },
        verdict: { S: verdict },
        body: { S: body },
        receivedAt: { S: receivedAt },
        reason: { S: code },
        message: { S: message },
        pointer: { S: pointer },
        listing: { S: `quarantined#${shardOf(id)}` },
        listedAt: { S: receivedAt },
        expiresAt: expiresAt(receivedAt),
      }
      await client.send(new PutItemCommand({ TableName: table, Item }))
    },
  }
}

export const openCallsReader = (table: string): CallsReader => {
  const client = new DynamoDBClient({})
  return {
    getCall: async (callId) => {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { id: { S: callId } } }))
      return Item && toStoredCall(callId, Item)
    },

    listCalls: async (start, limit) => {
      const ids: string[] = []
      let next: Cursor | undefined = start
      while (next && ids.length < limit) {
        const { keys, more } = await listPartition(next, limit - ids.length)
        ids.push(...keys.map(({ id }) => id))
        const { day, partition }: Cursor = next
        if (more) next = { day, partition, after: more }
        else next = partition + 1 < partitions.length ? { day, partition: partition + 1 } : undefined
      }
      return { calls: await getCalls(ids), next }
    },
  }

  async function listPartition({ day, partition, after }: Cursor, limit: number) {
    const { listing, shard } = partitions[partition] ?? { listing: 'ended', shard: 0 }
    const key: AttributeValue = { S: listing === 'ended' ? `ended#${day}#${shard}` : `${listing}#${shard}` }
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'listings',
        KeyConditionExpression: listing === 'ended' ? 'listing=:p' : 'listing=:p AND begins_with(listedAt,:day)',
        ExpressionAttributeValues: { ':p': key, ...(listing === 'ended' ? {} : { ':day': { S: day } }) },
        Limit: limit,
        ExclusiveStartKey: after && { listing: key, listedAt: { S: after.listedAt }, id: { S: after.id } },
      }),
    )
    return { keys: Items.map(toPlace), more: LastEvaluatedKey && toPlace(LastEvaluatedKey) }
  }

  async function getCalls(ids: readonly string[]): Promise<readonly StoredCall[]> {
    const found = new Map<string, StoredCall>()
    // A call that ended between two queries stands in both of their partitions.
    let keys: Item[] = [...new Set(ids)].map((id) => ({ id: { S: id } }))
    while (keys.length > 0) {
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys } } }),
      )
      for (const item of Responses?.[table] ?? []) {
        const { id } = toPlace(item)
        found.set(id, toStoredCall(id, item))
      }
      keys = UnprocessedKeys?.[table]?.Keys ?? []
    }
    return [...found.values()]
  }
}

type Item = Record<string, AttributeValue>

/** A status event lists the call as open if it is not listed yet; a CDR lists it as ended, whatever it was. */
const toListing = (callId: string, known: Call, receivedAt: string) => {
  const shard = shardOf(callId)
  if (known.cdr === undefined)
    return {
      expression:
        'expiresAt=:expiresAt,listing=if_not_exists(listing,:listing),listedAt=if_not_exists(listedAt,:listedAt)',
      values: { ':listing': { S: `open#${shard}` }, ':listedAt': { S: receivedAt } },
    }
  const endedAt = known.endedAt === undefined ? receivedAt : new Date(known.endedAt).toISOString()
  const values: Item = {
    ':listing': { S: `ended#${endedAt.slice(0, 10)}#${shard}` },
    ':listedAt': { S: endedAt },
    ...(known.talkSeconds === undefined ? {} : { ':talkSeconds': { N: String(known.talkSeconds) } }),
    ...(known.disposition === undefined ? {} : { ':disposition': { S: known.disposition } }),
  }
  const sets = Object.keys(values).map((name) => `${name.slice(1)}=${name}`)
  const removes = (['talkSeconds', 'disposition'] as const).filter((name) => known[name] === undefined)
  const remove = removes.length > 0 ? ` REMOVE ${removes.join()}` : ''
  return { expression: `expiresAt=:expiresAt,${sets.join()}${remove}`, values }
}

const toStoredCall = (callId: string, item: Item): StoredCall => ({
  callId,
  facts: Object.entries(item).flatMap(([name, value]) =>
    isFactName(name) && value.S !== undefined ? [{ name, text: value.S }] : [],
  ),
  shown: {
    talkSeconds: item.talkSeconds?.N === undefined ? undefined : Number(item.talkSeconds.N),
    disposition: item.disposition?.S,
    listedAt: item.listedAt?.S,
  },
})

const toPlace = (item: Item) => ({ id: item.id?.S ?? '', listedAt: item.listedAt?.S ?? '' })
