import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Callback } from './callback.ts'
import { type Fact, hash, isFactName } from './fact.ts'
import type { Call } from './fold-call.ts'
import { toIso } from './instant.ts'
import type { SenderError } from './sender-error.ts'
import {
  always,
  getItem,
  getItems,
  type Item,
  isItemFull,
  listPartition,
  openTable,
  type Place,
  putItem,
  shardOf,
  shards,
  type Table,
  type Update,
  updateItem,
} from './table.ts'

// A call's item, beside what every item has:
//
//   <kind>:<hash> S  one attribute per fact, see fact.ts
//   listedAt      S  first receipt; for an ended call its end
//   heardAt       S  when the last fact was stored, ISO 8601; expiresAt counts from it too
//   talkSeconds   N  for people who read the table; the fold remains the truth
//   disposition   S  the same

/** All facts of a call that is known, in no order. */
export interface StoredCall {
  readonly callId: string
  readonly facts: readonly Fact[]
  /** Its CDR was overdue, and has not come since. */
  readonly isMissing: boolean
  /** ISO 8601, UTC: when the last of them was stored. */
  readonly heardAt: string | undefined
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
   * @param receivedAt ISO 8601, UTC: the earliest receipt of these facts
   * @throws what `isItemFull` tells of, when the facts do not fit their call
   */
  readonly addFacts: (callId: string, facts: readonly Fact[], known: Call, receivedAt: string) => Promise<StoredCall>
  readonly getCall: CallsReader['getCall']
  /**
   * Lists and shows a call that has a CDR as all its facts have it, if nothing was written since they were read; gives what
   * is then known of it, which may be more where two writes were of one millisecond.
   */
  readonly show: (call: Call, was: StoredCall, receivedAt: string) => Promise<StoredCall | undefined>
  /** Lists a call as missing if it is still without a CDR, and gives all that is known of it. */
  readonly markMissing: (callId: string) => Promise<StoredCall | undefined>
  readonly quarantine: (callback: Callback, reason: SenderError) => Promise<void>
}

export interface CallsReader {
  readonly getCall: (callId: string) => Promise<StoredCall | undefined>
  /**
   * The calls that ended on a UTC day (by their CDR) and those first heard of on it that have no CDR, each at
   * least once: a walk over the index's partitions, so `next` skips nothing; a call that ends meanwhile may come twice.
   */
  readonly listCalls: (start: Cursor, limit: number) => Promise<Page>
  readonly getCalls: (ids: readonly string[]) => Promise<readonly StoredCall[]>
  /** The ids of calls without a CDR that were first heard of before that time, up to `limit` of each partition. */
  readonly listOpen: (before: Date, limit: number) => Promise<readonly string[]>
  readonly countListed: (listing: 'held' | 'missing' | 'quarantined') => Promise<Census>
}

export interface Census {
  /** No more than 1,000 of each partition are counted. */
  readonly count: number
  /** ISO 8601, UTC. */
  readonly oldest: string | undefined
}

/** Where a listing of a UTC day (`yyyy-MM-dd`) goes on: the partition of the index and the place within it. */
export interface Cursor {
  readonly day: string
  readonly partition: number
  readonly after?: Place
}

export interface Page {
  readonly calls: readonly StoredCall[]
  readonly next: Cursor | undefined
}

/**
 * All partitions that a day's calls may be in. A call moves from `open` to `ended`, maybe by way of `missing`, so this
 * order skips none of them.
 */
export const partitions = (['open', 'missing', 'ended'] as const).flatMap((listing) =>
  shards.map((shard) => ({ listing, shard })),
)

export const openCallsTable = (tableName: string, retentionDays: number): CallsTable => {
  const table = openTable(tableName)
  // From now, not from the receipt: what was received long ago and is put through again must not expire its call.
  const now = () => new Date().toISOString()
  const expiresAt = () => ({ N: String(Math.floor(Date.now() / 1000) + retentionDays * 86_400) })

  const update = async (callId: string, facts: readonly Fact[], listing: Listing, condition?: Update['condition']) => {
    const item = await updateItem(table, callId, {
      defaults: { ...Object.fromEntries(facts.map(({ name, text }) => [name, { S: text }])), ...listing.defaults },
      sets: { ...listing.sets, heardAt: { S: now() }, expiresAt: expiresAt() },
      removes: listing.removes,
      condition,
    })
    return item && toStoredCall(callId, item)
  }

  const addFacts: CallsTable['addFacts'] = async (callId, facts, known, receivedAt) => {
    const ended = known.cdr && toEndedListing(callId, known, receivedAt)
    // A call that has ended otherwise is listed by `show`, after a look at all its facts: these alone may be the lesser
    // ones, and a crash in between would leave it listed by them.
    const stored = ended
      ? ((await update(callId, facts, ended.listing, ended.unlessEndedOtherwise)) ??
        (await update(callId, facts, { sets: {} }, hasEnded)))
      : await update(callId, facts, toOpenListing(callId, receivedAt))
    // It was erased in between.
    return stored ?? addFacts(callId, facts, known, receivedAt)
  }

  return {
    addFacts,

    getCall: (callId) => getCall(table, callId, true),

    show: async (call, { shown, heardAt }, receivedAt) => {
      // The time of the last write alone does not tell, since another may be of the same millisecond.
      const was = [...toShown(shown), ['heardAt', toText(heardAt)]] as const
      const condition = {
        expression: toEqual(was, 'was_'),
        values: toItem(was.map(([name, value]) => [`:was_${name}`, value])),
      }
      const { listing, place, shown: wanted } = toEndedListing(call.callId, call, receivedAt)
      try {
        return await update(call.callId, [], listing, condition)
      } catch (error) {
        if (!isItemFull(error)) throw error
        // A call that is full to the last byte is listed, which is no longer than before, and shows nothing else.
        const stored = await update(call.callId, [], place, condition)
        return stored && { ...stored, shown: wanted }
      }
    },

    // On condition that no CDR has listed the call as ended meanwhile. One that is listed as missing already may be one
    // whose record did not go out.
    markMissing: async (callId) => {
      const shard = shardOf(callId)
      const mark = (removes: readonly string[]) =>
        updateItem(table, callId, {
          sets: { listing: { S: `missing#${shard}` } },
          removes,
          condition: { expression: 'listing IN (:open,:listing)', values: { ':open': { S: `open#${shard}` } } },
        })
      const item = await mark([]).catch((error: unknown) => {
        // A call that is full to the last byte gives up what is asked of open calls alone.
        if (isItemFull(error)) return mark(['heardAt'])
        throw error
      })
      return item && toStoredCall(callId, item)
    },

    quarantine: ({ source, verdict, body, receivedAt }, { code, message, pointer }) => {
      // The same callback with the same fault is the same item, however often it comes back.
      const id = `quarantined/${hash(`${source}\n${pointer}\n${body}`)}`
      return putItem(table, {
        id: { S: id },
        source: { S: source },
        verdict: { S: verdict },
        body: { S: body },
        reason: { S: code },
        message: { S: message },
        pointer: { S: pointer },
        quarantinedAt: { S: now() },
        listing: { S: `quarantined#${shardOf(id)}` },
        listedAt: { S: receivedAt },
        expiresAt: expiresAt(),
      })
    },
  }
}

const getCall = async (table: Table, callId: string, isLatest = false): Promise<StoredCall | undefined> => {
  const item = await getItem(table, callId, isLatest)
  return item && toStoredCall(callId, item)
}

export const openCallsReader = (tableName: string): CallsReader => {
  const table = openTable(tableName)
  const getCalls = async (ids: readonly string[]) =>
    (await getItems(table, ids)).map((item) => toStoredCall(item.id?.S ?? '', item))

  return {
    getCall: (callId) => getCall(table, callId),

    listCalls: async (start, limit) => {
      const ids: string[] = []
      let next: Cursor | undefined = start
      while (next && ids.length < limit) {
        const { day, partition, after }: Cursor = next
        const { listing, shard } = partitions[partition] ?? { listing: 'ended', shard: 0 }
        const key = listing === 'ended' ? `ended#${day}#${shard}` : `${listing}#${shard}`
        const { places, more } = await listPartition(table, key, limit - ids.length, { start: day }, after)
        ids.push(...places.map(({ id }) => id))
        if (more) next = { day, partition, after: more }
        else next = partition + 1 < partitions.length ? { day, partition: partition + 1 } : undefined
      }
      return { calls: await getCalls(ids), next }
    },

    getCalls,

    listOpen: async (before, limit) => {
      const within = { before: before.toISOString() }
      const found = await Promise.all(shards.map((shard) => listPartition(table, `open#${shard}`, limit, within)))
      return found.flatMap(({ places }) => places.map(({ id }) => id))
    },

    countListed: async (listing) => {
      const found = await Promise.all(shards.map((shard) => listPartition(table, `${listing}#${shard}`, 1000, always)))
      const times = found.flatMap(({ places }) => places.slice(0, 1)).map(({ listedAt }) => listedAt)
      return { count: found.reduce((sum, { places }) => sum + places.length, 0), oldest: times.sort()[0] }
    },
  }
}

type Listing = Pick<Update, 'defaults' | 'sets' | 'removes'>

/** A status event lists its call as open if it is not listed yet. */
const toOpenListing = (callId: string, firstReceivedAt: string): Listing => ({
  defaults: { listing: { S: `open#${shardOf(callId)}` }, listedAt: { S: firstReceivedAt } },
  sets: {},
})

/** A CDR lists its call as ended, whatever it was. */
const toEndedListing = (callId: string, { endedAt, talkSeconds, disposition }: Call, firstReceivedAt: string) => {
  const listedAt = toIso(endedAt) ?? firstReceivedAt
  const shown = { listedAt, talkSeconds, disposition }
  const attributes = toShown(shown)
  const inListing = { listing: { S: `ended#${listedAt.slice(0, 10)}#${shardOf(callId)}` }, listedAt: { S: listedAt } }
  const listing: Listing = {
    sets: { ...inListing, ...toItem(attributes) },
    removes: attributes.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  }
  const place: Listing = { sets: inListing, removes: ['talkSeconds', 'disposition'] }
  const unlessEndedOtherwise = {
    expression: `NOT ${hasEnded.expression} OR ${toEqual(attributes, '')}`,
    values: hasEnded.values,
  }
  return { listing, place, shown, unlessEndedOtherwise }
}

const hasEnded = { expression: 'begins_with(listing,:ended)', values: { ':ended': { S: 'ended#' } } }

type Attributes = readonly (readonly [name: string, value: AttributeValue | undefined])[]

const toShown = ({ listedAt, talkSeconds, disposition }: StoredCall['shown']): Attributes => [
  ['listedAt', toText(listedAt)],
  ['talkSeconds', talkSeconds === undefined ? undefined : { N: String(talkSeconds) }],
  ['disposition', toText(disposition)],
]

const toText = (text: string | undefined) => (text === undefined ? undefined : { S: text })

const toItem = (attributes: Attributes): Item =>
  Object.fromEntries(attributes.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

/** The condition that an item has these attributes, in placeholders that begin like that. */
const toEqual = (attributes: Attributes, prefix: string): string =>
  attributes
    .map(([name, value]) => (value === undefined ? `attribute_not_exists(${name})` : `${name}=:${prefix}${name}`))
    .join(' AND ')

export const toStoredCall = (callId: string, item: Item): StoredCall => ({
  callId,
  facts: Object.entries(item).flatMap(([name, value]) =>
    isFactName(name) && value.S !== undefined ? [{ name, text: value.S }] : [],
  ),
  isMissing: item.listing?.S?.startsWith('missing#') ?? false,
  heardAt: item.heardAt?.S,
  shown: {
    talkSeconds: item.talkSeconds?.N === undefined ? undefined : Number(item.talkSeconds.N),
    disposition: item.disposition?.S,
    listedAt: item.listedAt?.S,
  },
})
