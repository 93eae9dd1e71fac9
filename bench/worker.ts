import { floorFile } from './build.ts'
import { readBatch } from './callbacks.ts'
import { readFunction } from './functions.ts'
import { measureBlocks } from './measure.ts'
import { startMock, writeForChild } from './mock-service.ts'
import { recordRequests } from './recording.ts'
import type { Timing } from './results.ts'
import type { Plan } from './rounds.ts'
import { toFloors, toOurs, toRival } from './variants.ts'

const tableDelay = 5

/**
 * A batch of 10 messages with 50 CDRs each, every batch of 500 new calls. The floor sends the same 500 requests to the table
 * over 50 connections, then the same 50 to the topic, which answers at once.
 */
export const measureWorker = async (plan: Plan, batches: number): Promise<Timing> => {
  const [table, topic] = await Promise.all([startMock('table', tableDelay), startMock('topic', 0)])
  try {
    const endpoints = { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint, AWS_ENDPOINT_URL_SNS: topic.endpoint }
    const { memoryMegabytes: memory } = await readFunction('store-callbacks')
    const ours = await toOurs('store-callbacks', endpoints)
    const once = { events: [await readBatch('recorded')], requests: 1 }
    const [toTable, toTopic] = await recordRequests(ours, once, [table, topic])
    const file = await writeForChild('worker.json', { table: toTable, topic: toTopic })
    const floors = toFloors('update-items', memory, endpoints, file)
    const clientsAlone = { ...floors[1], name: 'clients alone', file: floorFile('clients-alone') }
    // It takes seconds for one.
    const slow = toRival('put-then-update', memory, endpoints)
    let read = 0
    const measured = await measureBlocks(
      [...floors, clientsAlone, ours, toRival('transact-write', memory, endpoints), slow],
      plan,
      async (variant) => {
        const requests = variant === slow ? 1 : batches
        const events = await Promise.all(Array.from({ length: requests }, () => readBatch(String(read++))))
        return { events, requests }
      },
    )
    return { ...measured, requestsPerBlock: batches, delay: await table.delays() }
  } finally {
    await Promise.all([table.stop(), topic.stop()])
  }
}
