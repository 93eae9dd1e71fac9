import { readCallbacks } from './callbacks.ts'
import { readFunction } from './functions.ts'
import { measureRounds } from './measure.ts'
import { startMock, writeForChild } from './mock-service.ts'
import { runOnce } from './once.ts'
import type { Timing } from './results.ts'
import type { Plan } from './rounds.ts'
import { toQuartiles } from './statistics.ts'
import { toFloors, toOurs, toRival } from './variants.ts'

/**
 * From the start of a process to its first answer, with a queue that answers at once. A block is a number of processes, one
 * after the other; the floor's handler is empty.
 */
export const measureStart = async (plan: Plan, processes: number): Promise<Timing> => {
  const queue = await startMock('queue', 0)
  try {
    const endpoints = { AWS_ENDPOINT_URL_SQS: queue.endpoint }
    const { memoryMegabytes: memory } = await readFunction('receive-status')
    const [event = ''] = await readCallbacks()
    const file = await writeForChild('start.json', event)
    const variants = [
      ...toFloors('empty', memory, endpoints),
      await toOurs('receive-status', endpoints),
      await toOurs('receive-cdr', endpoints),
      toRival('sdk', memory, endpoints),
      toRival('express', memory, endpoints),
      toRival('middy', memory, endpoints),
    ]
    const measured = await measureRounds(variants, plan, async (variant) => {
      const took = []
      for (let n = 0; n < processes; n++) took.push(await runOnce(variant, file, 1))
      return {
        wall: toQuartiles(took.map(({ wall }) => wall)).median,
        cpu: toQuartiles(took.map(({ cpu }) => cpu)).median,
      }
    })
    return { ...measured, requestsPerBlock: processes }
  } finally {
    await queue.stop()
  }
}
