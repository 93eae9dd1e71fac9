import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { CallRecord } from './call-record.ts'

/** Keeps the newest record of each call in a table with the hash key `callId`; only then does its message go. */
export const consume = async (sqs: SQSClient, QueueUrl: string, dynamodb: DynamoDBClient, TableName: string) => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
  )
  for (const { Body = '', ReceiptHandle } of Messages) {
    const { callId, revision, edition }: CallRecord = JSON.parse(Body)
    const [r, e] = [{ N: String(revision) }, { N: String(edition) }]
    const put = new PutItemCommand({
      TableName,
      Item: { callId: { S: callId }, revision: r, edition: e, record: { S: Body } },
      ConditionExpression: 'attribute_not_exists(callId) OR revision < :r OR (revision = :r AND edition < :e)',
      ExpressionAttributeValues: { ':r': r, ':e': e },
    })
    await dynamodb.send(put).catch((error: unknown) => {
      // The table has this one or a newer one already. Any other error leaves the message, which comes again.
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    })
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
}
