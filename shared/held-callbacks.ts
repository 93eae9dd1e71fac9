import type { Callback } from './callback.ts'
import { hash } from './fact.ts'
import { isVerdict } from './signature.ts'
import { always, deleteItem, getItems, type Item, listPartition, openTable, putItem, shardOf, shards } from './table.ts'

/** Callbacks that the queue did not take, kept in the table until the sweep queues them. They never expire. */
export interface HeldCallbacks {
  /** @param patience milliseconds, retries included */
  readonly hold: (callback: Callback, patience: number) => Promise<void>
  /** The ids of the oldest of each partition, no more than `limit` in all. */
  readonly list: (limit: number) => Promise<readonly string[]>
  /** Those that are there; a hundred may be 25 MB. */
  readonly get: (ids: readonly string[]) => Promise<readonly HeldCallback[]>
  readonly remove: (id: string) => Promise<void>
}

export interface HeldCallback {
  readonly id: string
  readonly callback: Callback
}

/** @param maxAttempts of a request */
export const openHeldCallbacks = (tableName: string, maxAttempts?: number): HeldCallbacks => {
  const table = openTable(tableName, maxAttempts)
  return {
    hold: (callback, patience) => putItem(table, toItem(callback), patience),

    list: async (limit) => {
      const each = Math.ceil(limit / shards.length)
      const found = await Promise.all(shards.map((shard) => listPartition(table, `held#${shard}`, each, always)))
      return found.flatMap(({ places }) => places.map(({ id }) => id)).slice(0, limit)
    },

    get: async (ids) => (await getItems(table, ids)).map(toHeldCallback),

    remove: (id) => deleteItem(table, id),
  }
}

/** Held again, by a retry of the same request, it is the same item. */
const toItem = ({ body, source, verdict, receivedAt }: Callback): Item => {
  const id = `held/${hash(`${source}\n${receivedAt}\n${body}`)}`
  return {
    id: { S: id },
    body: { S: body },
    source: { S: source },
    verdict: { S: verdict },
    listing: { S: `held#${shardOf(id)}` },
    listedAt: { S: receivedAt },
  }
}

/** Of a held callback's item, or of a quarantined record's. */
export const toCallback = ({ body, source, verdict, listedAt }: Item): Callback => ({
  body: body?.S ?? '',
  source: source?.S ?? '',
  verdict: isVerdict(verdict?.S) ? verdict.S : 'unchecked',
  receivedAt: listedAt?.S ?? '',
})

const toHeldCallback = (item: Item): HeldCallback => ({ id: item.id?.S ?? '', callback: toCallback(item) })
