import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { loadHandler } from '../lambda.ts'

// One variant in a process of its own: `node run-blocks.mjs <file of the handler>`. A message {events, requests} is one
// block; its answer tells what the block took, in microseconds.

const Block = v.object({ events: v.array(v.string()), requests: v.number() })

const handler = await loadHandler(process.argv[2] ?? '')

const runBlock = async (message: unknown) => {
  const { events, requests } = v.parse(Block, message)
  // Lambda parses the event before it calls the handler, whatever the handler is.
  const parsed: unknown[] = Array.from({ length: requests }, (_, n) => JSON.parse(events[n % events.length] ?? ''))
  // Time for the process that asked to be idle again.
  await sleep(10)
  const wall: number[] = []
  const before = process.cpuUsage()
  for (const event of parsed) {
    const began = performance.now()
    await handler(event)
    wall.push((performance.now() - began) * 1000)
  }
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) / requests }
}

process.on('message', (message) => {
  runBlock(message).then(
    (block) => process.send?.(block),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.({})
