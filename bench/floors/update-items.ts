import { readFileSync } from 'node:fs'
import { openPost, type RecordedRequest } from './post.ts'

// The least that a batch can do: the requests that the worker sent, byte for byte and without a look at the event, over as
// many connections as the AWS clients open. First all of the table, then all of the topic, as the worker must.

const { RECORDED = '', AWS_ENDPOINT_URL_DYNAMODB = '', AWS_ENDPOINT_URL_SNS = '' } = process.env
const { table, topic }: { readonly [service in 'table' | 'topic']: readonly RecordedRequest[] } = JSON.parse(
  readFileSync(RECORDED, 'utf8'),
)
const update = openPost(AWS_ENDPOINT_URL_DYNAMODB, 50)
const publish = openPost(AWS_ENDPOINT_URL_SNS, 50)

export const handler = async () => {
  await Promise.all(table.map(update))
  await Promise.all(topic.map(publish))
  return { batchItemFailures: [] }
}
