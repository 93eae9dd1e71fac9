import { readBarestBatch, readCallbacks, readLargestBatch, readLargestCallback } from './callbacks.ts'
import { readFunction } from './functions.ts'
import { startMock, writeForChild } from './mock-service.ts'
import { runOnce } from './once.ts'
import type { Memory } from './results.ts'
import { toQuartiles } from './statistics.ts'
import { toFloors, toOurs, type Variant } from './variants.ts'

/** The row of calls whose records are as large as they may be, whatever little comes. */
export const largeCalls = 'store-callbacks, large calls'

/** How many processes, and how often each takes its event. */
export interface Repeats {
  readonly processes: number
  readonly callbacks: number
  readonly batches: number
}

/**
 * The most memory that was resident in a process that took the largest event again and again, and in one whose handler
 * is empty.
 */
export const measureMemory = async ({ processes, callbacks, batches }: Repeats): Promise<Memory> => {
  const mocks = await Promise.all([
    startMock('queue', 0),
    startMock('table', 5),
    startMock('full-table', 5),
    startMock('topic', 0),
  ])
  const [queue, table, fullTable, topic] = mocks
  try {
    const endpoints = {
      AWS_ENDPOINT_URL_SQS: queue.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      AWS_ENDPOINT_URL_SNS: topic.endpoint,
    }
    const measuredAt = new Date().toISOString()
    const peaksOf = async (variant: Variant, name: string, event: string, times: number, ofMegabytes: number) => {
      const file = await writeForChild(name, event)
      const megabytes: number[] = []
      for (let n = 0; n < processes; n++) megabytes.push((await runOnce(variant, file, times)).peak / 1024)
      return {
        variant: variant.name,
        times,
        megabytes: toQuartiles(megabytes),
        ofMegabytes,
        share: toQuartiles(megabytes.map((peak) => peak / ofMegabytes)),
      }
    }
    const ours = async (name: string, event: string, times: number, own: Partial<Variant> = {}) => {
      const variant = { ...(await toOurs(name, endpoints)), ...own }
      const { memoryMegabytes } = await readFunction(name)
      return peaksOf(variant, `${variant.name}.json`, event, times, memoryMegabytes)
    }
    const { memoryMegabytes } = await readFunction('receive-cdr')
    const [empty] = toFloors('empty', memoryMegabytes, endpoints)
    const [small = ''] = await readCallbacks()
    const { env } = await toOurs('store-callbacks', { ...endpoints, AWS_ENDPOINT_URL_DYNAMODB: fullTable.endpoint })
    const rows = [
      await peaksOf({ ...empty, name: 'empty handler' }, 'small.json', small, callbacks, memoryMegabytes),
      await ours('receive-cdr', await readLargestCallback(), callbacks),
      await ours('store-callbacks', await readLargestBatch(), batches),
      await ours('store-callbacks', readBarestBatch(), Math.ceil(batches / 4), { name: largeCalls, env }),
    ]
    return { measuredAt, processes, rows }
  } finally {
    await Promise.all(mocks.map((mock) => mock.stop()))
  }
}
