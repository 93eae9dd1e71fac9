import type { SQSRecord } from 'aws-lambda'
import type { Publication } from './call-records-topic.ts'
import { toCallback } from './callback-message.ts'
import type { Counts } from './metrics.ts'
import { isSource } from './source.ts'
import { type Batch, endsCall } from './store-facts.ts'
import { sweepSource } from './sweep.ts'

/** As much of what the topic took as is counted. */
export interface Published {
  readonly callId: string
  readonly state: Publication['state']
  readonly disposition: string
  readonly talkSeconds: number
}

export const toPublished = ({ record, state }: Publication): Published => {
  const { callId, disposition = 'unknown', talkSeconds = 0 } = record
  return { callId, state, disposition, talkSeconds }
}

/**
 * What a batch of messages came to. A message that goes back to the queue is counted when it comes to an end.
 *
 *   accepted.<source>.<verdict>  callbacks
 *   stored                       facts, repeats included
 *   quarantined                  records, and facts that no longer fitted their calls
 *   returned                     messages that go back to the queue
 *   published.<state>            call records; `missing` is a call whose CDR is overdue
 *   ended.<disposition>          calls whose CDR or hang-up came, once for each time that it came
 *   talkSeconds                  of these calls
 *
 * @param published what the topic took
 * @param callFull how many facts no longer fitted their calls; they are among those stored
 */
export const toBatchCounts = (
  messages: readonly SQSRecord[],
  batch: Batch,
  published: readonly Published[],
  callFull: number,
  failed: ReadonlySet<string>,
): Counts => {
  const isDone = ({ messageIds }: { readonly messageIds: readonly string[] }) =>
    !messageIds.some((id) => failed.has(id))
  const callbacks = messages.filter(({ messageId }) => !failed.has(messageId)).map(toCallback)
  const calls = batch.calls.filter(isDone)
  const ended = new Set(calls.flatMap(({ callId, facts }) => (facts.some(endsCall) ? [callId] : [])))
  const publishedEnded = published.filter(({ callId }) => ended.has(callId))
  return sum([
    ...callbacks
      .filter(({ source }) => source !== sweepSource)
      // A name that came with a message put there by hand is not for the metrics.
      .map(({ source, verdict }): Count => [`accepted.${isSource(source) ? source : 'unknown'}.${verdict}`, 1]),
    ...calls.map(({ facts }): Count => ['stored', facts.length]),
    ...batch.rejected.filter(isDone).map((): Count => ['quarantined', 1]),
    ...(callFull > 0 ? [['quarantined', callFull] as const] : []),
    ...(failed.size > 0 ? [['returned', failed.size] as const] : []),
    ...published.map(({ state }): Count => [`published.${state}`, 1]),
    ...publishedEnded.map(({ disposition }): Count => [`ended.${disposition}`, 1]),
    ...publishedEnded.flatMap(({ talkSeconds }): Count[] => (talkSeconds > 0 ? [['talkSeconds', talkSeconds]] : [])),
  ])
}

type Count = readonly [metric: string, value: number]

const sum = (counts: readonly Count[]): Counts => {
  const sums = new Map<string, number>()
  for (const [metric, value] of counts) sums.set(metric, (sums.get(metric) ?? 0) + value)
  return Object.fromEntries(sums)
}
