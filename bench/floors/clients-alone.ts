import { readFileSync } from 'node:fs'
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { PublishBatchCommand, type PublishBatchCommandInput, SNSClient } from '@aws-sdk/client-sns'
import { toQuickClient } from '../../shared/quick-client.ts'
import { timeouts } from '../../shared/timeouts.ts'
import { toPublishBatch } from '../publish-batch.ts'
import type { RecordedRequest } from './post.ts'

// The least that a batch can do with AWS's clients: the worker's requests by the clients as the worker makes them, from
// inputs that are ready, and nothing else of the project. All at once, so most wait for a connection, and that is no failure.

const { RECORDED = '' } = process.env
const { table, topic }: { readonly [service in 'table' | 'topic']: readonly RecordedRequest[] } = JSON.parse(
  readFileSync(RECORDED, 'utf8'),
)
const updates = table.map(({ body }): UpdateItemCommandInput => JSON.parse(body))
const publishes = topic.map(({ body }): PublishBatchCommandInput => toPublishBatch(body))
const options = { requestHandler: { ...timeouts, connectionTimeout: 60_000 }, cacheMiddleware: true }
const dynamodb = toQuickClient(new DynamoDBClient(options))
const sns = toQuickClient(new SNSClient(options))

export const handler = async () => {
  await Promise.all(updates.map((input) => dynamodb.send(new UpdateItemCommand(input))))
  await Promise.all(publishes.map((input) => sns.send(new PublishBatchCommand(input))))
  return { batchItemFailures: [] }
}
