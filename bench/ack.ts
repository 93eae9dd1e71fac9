import { readCallbacks } from './callbacks.ts'
import { readFunction } from './functions.ts'
import { measureBlocks } from './measure.ts'
import { startMock, writeForChild } from './mock-service.ts'
import { recordRequests } from './recording.ts'
import type { Timing } from './results.ts'
import type { Plan } from './rounds.ts'
import { toFloors, toOurs, toRival } from './variants.ts'

/**
 * The answer to a callback, from the event to the answer, of the documented call-back's 8 callbacks in turn. The floor
 * sends the same requests to the queue and looks at nothing.
 * @param delay of the queue, in milliseconds
 */
export const measureAck = async (delay: number, plan: Plan, requests: number): Promise<Timing> => {
  const queue = await startMock('queue', delay)
  try {
    const endpoints = { AWS_ENDPOINT_URL_SQS: queue.endpoint }
    const { memoryMegabytes: memory } = await readFunction('receive-status')
    const events = await readCallbacks()
    const ours = await toOurs('receive-status', endpoints)
    const [sent] = await recordRequests(ours, { events, requests: events.length }, [queue])
    const file = await writeForChild('ack.json', sent)
    const measured = await measureBlocks(
      [
        ...toFloors('send-message', memory, endpoints, file),
        ours,
        await toOurs('receive-cdr', endpoints),
        toRival('sdk', memory, endpoints),
        toRival('express', memory, endpoints),
        toRival('middy', memory, endpoints),
      ],
      plan,
      async () => ({ events, requests }),
    )
    return { ...measured, requestsPerBlock: requests, delay: await queue.delays() }
  } finally {
    await queue.stop()
  }
}
