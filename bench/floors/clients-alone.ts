import { readFileSync } from 'node:fs'
import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { PublishBatchCommand, type PublishBatchCommandInput, SNSClient } from '@aws-sdk/client-sns'
import { toQuickClient } from '../../shared/quick-client.ts'
import { openTable } from '../../shared/table.ts'
import { timeouts } from '../../shared/timeouts.ts'
import { toPublishBatch } from '../publish-batch.ts'
import type { RecordedRequest } from './post.ts'

// The least that a batch can do with AWS's clients: the worker's requests by the clients as the worker makes them, from
// inputs that are ready, and nothing else of the project.

const { RECORDED = '' } = process.env
const { table, topic }: { readonly [service in 'table' | 'topic']: readonly RecordedRequest[] } = JSON.parse(
  readFileSync(RECORDED, 'utf8'),
)
const updates = table.map(({ body }): UpdateItemCommandInput => JSON.parse(body))
const publishes = topic.map(({ body }): PublishBatchCommandInput => toPublishBatch(body))
const { client: dynamodb } = openTable('bench-calls')
const sns = toQuickClient(new SNSClient({ requestHandler: timeouts, cacheMiddleware: true }))

export const handler = async () => {
  await Promise.all(updates.map((input) => dynamodb.send(new UpdateItemCommand(input))))
  await Promise.all(publishes.map((input) => sns.send(new PublishBatchCommand(input))))
  return { batchItemFailures: [] }
}
