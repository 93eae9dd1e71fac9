import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda'
import type { Callback } from './callback.ts'
import { toInstant } from './instant.ts'
import { escapeNonCharacters } from './json.ts'
import { isVerdict } from './signature.ts'

/** What SQS's `SendMessage` takes: the callback as it was received is the body, what was found of it are attributes. */
export const toMessage = (queueUrl: string, { body, source, verdict, receivedAt }: Callback) => ({
  QueueUrl: queueUrl,
  // What was parsed and written again, as a quarantined record is, may hold what an escape stood for.
  MessageBody: escapeNonCharacters(body),
  MessageAttributes: {
    ...(source === '' ? {} : { source: { DataType: 'String', StringValue: source } }),
    verdict: { DataType: 'String', StringValue: verdict },
    receivedAt: { DataType: 'String', StringValue: receivedAt },
  },
})

/** The callback that a queue's message holds. A message without the attributes, or with others, was put there by hand. */
export const toCallback = ({ body, messageAttributes, attributes }: SQSRecord): Callback => {
  const verdict = text(messageAttributes, 'verdict')
  const receivedAt = text(messageAttributes, 'receivedAt')
  return {
    body,
    source: text(messageAttributes, 'source') ?? '',
    verdict: isVerdict(verdict) ? verdict : 'unchecked',
    receivedAt:
      receivedAt !== undefined && toInstant(receivedAt) !== undefined
        ? receivedAt
        : new Date(Number(attributes.SentTimestamp)).toISOString(),
  }
}

const text = (attributes: SQSMessageAttributes, name: string): string | undefined => attributes[name]?.stringValue
