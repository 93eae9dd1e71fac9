import { readFileSync } from 'node:fs'
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { toQuickClient } from '../../shared/quick-client.ts'
import { timeouts } from '../../shared/timeouts.ts'
import { openPost, type RecordedRequest } from './post.ts'

// The least that a batch can do with AWS's client for the table: the worker's updates by the client as the worker makes it,
// and nothing else of the project. What goes to the topic goes as from the floor.

const { RECORDED = '', AWS_ENDPOINT_URL_SNS = '' } = process.env
const { table, topic }: { readonly [service in 'table' | 'topic']: readonly RecordedRequest[] } = JSON.parse(
  readFileSync(RECORDED, 'utf8'),
)
const updates = table.map(({ body }): UpdateItemCommandInput => JSON.parse(body))
const client = toQuickClient(new DynamoDBClient({ requestHandler: timeouts, maxAttempts: 3, cacheMiddleware: true }))
const publish = openPost(AWS_ENDPOINT_URL_SNS, 50)

export const handler = async () => {
  await Promise.all(updates.map((input) => client.send(new UpdateItemCommand(input))))
  await Promise.all(topic.map(publish))
  return { batchItemFailures: [] }
}
