import type { SQSBatchResponse, SQSHandler, SQSRecord } from 'aws-lambda'
import { attemptAll } from '../shared/attempt-all.ts'
import type { FoldSettings } from '../shared/call.ts'
import { type CallRecordsTopic, openCallRecordsTopic, toPublications } from '../shared/call-records-topic.ts'
import { type CallsTable, openCallsTable } from '../shared/calls-table.ts'
import { foldSettings, oneOf, required, wholeNumber } from '../shared/environment.ts'
import { storeFacts, toBatch } from '../shared/store-facts.ts'

/**
 * Callbacks → table → topic. A message leaves the queue only when all that it brought is stored and published: whatever
 * fails in between, it comes back, writes the same facts and publishes the same ids.
 */
export const storeCallbacks = async (
  messages: readonly SQSRecord[],
  table: CallsTable,
  topic: CallRecordsTopic,
  publish: 'ended' | 'every-revision',
  settings: FoldSettings,
): Promise<SQSBatchResponse> => {
  const { calls, rejected } = toBatch(messages)
  const kept = await attemptAll('quarantine', rejected, ({ callback, error }) => table.quarantine(callback, error))
  const stored = await attemptAll('store a call', calls, async (facts) => {
    const call = await storeFacts(facts, table, settings)
    return toPublications(call, publish).map((publication) => ({ ...publication, messageIds: facts.messageIds }))
  })
  const refused = await topic.publish(stored.done.flat())
  const failed = [...kept.failed, ...stored.failed, ...refused].flatMap(({ messageIds }) => messageIds)
  return { batchItemFailures: [...new Set(failed)].map((itemIdentifier) => ({ itemIdentifier })) }
}

const { env } = process
const table = openCallsTable(required(env, 'CALLS_TABLE'), wholeNumber(env, 'RETENTION_DAYS', 30))
const topic = openCallRecordsTopic(required(env, 'CALL_RECORDS_TOPIC_ARN'))
const publish = oneOf(env, 'PUBLISH', ['ended', 'every-revision'])
const settings = foldSettings(env)
export const handler: SQSHandler = ({ Records }) => storeCallbacks(Records, table, topic, publish, settings)
