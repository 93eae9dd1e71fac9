import type { SQSRecord } from 'aws-lambda'
import { toCallback } from './callbacks-queue.ts'
import { groupBy } from './group-by.ts'
import type { Counts } from './metrics.ts'
import { isSource } from './source.ts'

/**
 * What a batch of messages came to. A message that goes back to the queue is counted when it comes to an end.
 *
 *   accepted.<source>.<verdict>   callbacks
 */
export const toBatchCounts = (messages: readonly SQSRecord[], failed: ReadonlySet<string>): Counts => {
  const done = messages.filter(({ messageId }) => !failed.has(messageId)).map(toCallback)
  // A name that came with a message put there by hand is not for the metrics.
  const named = groupBy(done, ({ source, verdict }) => `accepted.${isSource(source) ? source : 'unknown'}.${verdict}`)
  return Object.fromEntries([...named].map(([name, callbacks]) => [name, callbacks.length]))
}
