import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns'
import type { SQSEvent } from 'aws-lambda'

// What both rivals of the worker have in common: they read the same messages, and publish ten records in a request, which
// is more than most do.

export interface CdrRecord {
  readonly sessionId: string
  readonly callEndTime: string
  readonly [field: string]: unknown
}

export const readRecords = ({ Records }: SQSEvent): readonly (readonly CdrRecord[])[] =>
  Records.map(({ body }) => JSON.parse(body).feeLst)

const sns = new SNSClient({})

export const publish = async (records: readonly CdrRecord[]): Promise<void> => {
  const starts = Array.from({ length: Math.ceil(records.length / 10) }, (_, n) => n * 10)
  await Promise.all(
    starts.map((start) =>
      sns.send(
        new PublishBatchCommand({
          TopicArn: process.env.CALL_RECORDS_TOPIC_ARN,
          PublishBatchRequestEntries: records.slice(start, start + 10).map((record, n) => ({
            Id: String(n),
            Message: JSON.stringify(record),
            MessageAttributes: { source: { DataType: 'String', StringValue: 'voice-call' } },
          })),
        }),
      ),
    ),
  )
}
