import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda'
import type { Callback } from './callback.ts'
import { toInstant } from './instant.ts'
import { isVerdict } from './signature.ts'

/** The queue between the functions that receive and the one that stores. */
export interface CallbacksQueue {
  /** @param patience milliseconds, retries included */
  readonly enqueue: (callback: Callback, patience: number) => Promise<void>
  /** About how many messages wait, those that are being worked on included. */
  readonly backlog: () => Promise<number>
}

export const openCallbacksQueue = (queueUrl: string): CallbacksQueue => {
  // A queue's URL names its host as the queue's owner sees it; the configured endpoint is the one that can be reached.
  const client = new SQSClient({ useQueueUrlAsEndpoint: false })
  return {
    enqueue: async ({ body, source, verdict, receivedAt }, patience) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body,
          MessageAttributes: {
            source: { DataType: 'String', StringValue: source },
            verdict: { DataType: 'String', StringValue: verdict },
            receivedAt: { DataType: 'String', StringValue: receivedAt },
          },
        }),
        { abortSignal: AbortSignal.timeout(patience) },
      )
    },

    backlog: async () => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
      )
      return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0)
    },
  }
}

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
