import type { SQSBatchResponse, SQSHandler, SQSRecord } from 'aws-lambda'
import { type Published, toBatchCounts, toPublished } from '../shared/batch-counts.ts'
import { type CallRecordsTopic, openCallRecordsTopic } from '../shared/call-records-topic.ts'
import { type CallsTable, openCallsTable } from '../shared/calls-table.ts'
import { optional, required, type StoreSettings, storeSettings, wholeNumber } from '../shared/environment.ts'
import { type Counts, openMetrics } from '../shared/metrics.ts'
import { storeBatch, toBatch, toParts } from '../shared/store-facts.ts'

/** Callbacks → table → topic. A message that is not wholly stored and published comes back, for the same facts and ids. */
export const storeCallbacks = async (
  messages: readonly SQSRecord[],
  table: CallsTable,
  topic: CallRecordsTopic,
  settings: StoreSettings,
  count: (counts: Counts) => void,
): Promise<SQSBatchResponse> => {
  const batch = toBatch(messages)
  const published: Published[] = []
  const failed = new Set<string>()
  let callFull = 0
  for (const part of toParts(batch)) {
    const stored = await storeBatch(part, table, settings)
    const refused = new Set(await topic.publish(stored.due))
    published.push(...stored.due.filter((due) => !refused.has(due)).map(toPublished))
    for (const id of [...stored.failed, ...refused].flatMap(({ messageIds }) => messageIds)) failed.add(id)
    callFull += stored.callFull
  }
  count(toBatchCounts(messages, batch, published, callFull, failed))
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) }
}

const { env } = process
const table = openCallsTable(required(env, 'CALLS_TABLE'), wholeNumber(env, 'RETENTION_DAYS', 30))
const topic = openCallRecordsTopic(required(env, 'CALL_RECORDS_TOPIC_ARN'))
const settings = storeSettings(env)
const count = openMetrics(optional(env, 'METRICS_NAMESPACE'))
export const handler: SQSHandler = ({ Records }) => storeCallbacks(Records, table, topic, settings, count)
