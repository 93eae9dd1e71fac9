import type { CallbacksQueue } from '../shared/callbacks-queue.ts'
import { required } from '../shared/environment.ts'
import { toCallback } from '../shared/held-callbacks.ts'
import {
  always,
  deleteItem,
  getItems,
  type Item,
  listPartition,
  openTable,
  type Place,
  shards,
  type Table,
} from '../shared/table.ts'

export const openListedTable = (): Table => openTable(required(process.env, 'CALLS_TABLE'))

/** Every item that is listed so, those of a partition by their time. */
export async function* listItems(table: Table, listing: 'held' | 'missing' | 'quarantined'): AsyncGenerator<Item> {
  for (const shard of shards) {
    let after: Place | undefined
    do {
      const { places, more }: Awaited<ReturnType<typeof listPartition>> = await listPartition(
        table,
        `${listing}#${shard}`,
        100,
        always,
        after,
      )
      const items = await getItems(
        table,
        places.map(({ id }) => id),
      )
      // What is no longer listed so was listed a moment ago: the index runs behind its table.
      yield* items.filter((item) => item.listing?.S === `${listing}#${shard}`)
      after = more
    } while (after)
  }
}

/** Puts a quarantined record on the queue again. @throws what the queue refused it with */
export const requeue = async (queue: Pick<CallbacksQueue, 'enqueue'>, table: Table, item: Item): Promise<void> => {
  await queue.enqueue(toCallback(item), 10_000)
  // The worker may have quarantined it again by now, under the same id: that one stays.
  const quarantinedAt = item.quarantinedAt?.S ?? ''
  await deleteItem(table, item.id?.S ?? '', { attribute: 'quarantinedAt', value: quarantinedAt })
}
