import { createHash } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { publish, readRecords } from './batch.ts'

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}))
const TableName = process.env.CALLS_TABLE

/** An item per record, then the call's own item, one after the other: the loop that one writes first. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const records = readRecords(event).flat()
  for (const record of records) {
    const id = createHash('sha256').update(JSON.stringify(record)).digest('hex')
    await dynamodb.send(new PutCommand({ TableName, Item: { id: `event/${id}`, ...record } }))
    await dynamodb.send(
      new UpdateCommand({
        TableName,
        Key: { id: `call/${record.sessionId}` },
        UpdateExpression: 'SET #status = :status, endedAt = :endedAt ADD events :one',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': 'ended', ':endedAt': record.callEndTime, ':one': 1 },
      }),
    )
  }
  await publish(records)
  return { batchItemFailures: [] }
}
