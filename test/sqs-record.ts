import type { SQSRecord } from 'aws-lambda'

/** A message of the queue as Lambda gives it to the worker, sent on 2026-01-27 at 10:00:00 UTC. */
export const sqsRecord = (
  messageId: string,
  body: string,
  attributes: { readonly [name: string]: string | undefined },
): SQSRecord => ({
  messageId,
  receiptHandle: '',
  body,
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1769508000000',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '',
  },
  messageAttributes: Object.fromEntries(
    Object.entries(attributes).flatMap(([name, stringValue]) =>
      stringValue === undefined ? [] : [[name, { dataType: 'String', stringValue }]],
    ),
  ),
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: '',
})
