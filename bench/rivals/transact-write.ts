import { createHash } from 'node:crypto'
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { type CdrRecord, publish, readRecords } from './batch.ts'

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}))
const TableName = process.env.CALLS_TABLE

/** One transaction per record, those of a message at once: 50 at a time, as many as the client opens connections. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const messages = readRecords(event)
  for (const records of messages) await Promise.all(records.map(store))
  await publish(messages.flat())
  return { batchItemFailures: [] }
}

const store = async (record: CdrRecord): Promise<void> => {
  const id = createHash('sha256').update(JSON.stringify(record)).digest('hex')
  try {
    await dynamodb.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName,
              Item: { id: `event/${id}`, ...record },
              ConditionExpression: 'attribute_not_exists(id)',
            },
          },
          {
            Update: {
              TableName,
              Key: { id: `call/${record.sessionId}` },
              UpdateExpression: 'SET #status = :status, endedAt = :endedAt ADD events :one',
              ExpressionAttributeNames: { '#status': 'status' },
              ExpressionAttributeValues: { ':status': 'ended', ':endedAt': record.callEndTime, ':one': 1 },
            },
          },
        ],
      }),
    )
  } catch (error) {
    // Received twice.
    if (!(error instanceof TransactionCanceledException)) throw error
  }
}
