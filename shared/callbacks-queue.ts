import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda'
import type { Callback } from './callback.ts'
import { toInstant } from './instant.ts'
import { escapeNonCharacters } from './json.ts'
import { isVerdict } from './signature.ts'
import { timeouts } from './timeouts.ts'

/** The queue between the functions that receive and the one that stores. */
export interface CallbacksQueue {
  /** @param patience milliseconds, retries included */
  readonly enqueue: (callback: Callback, patience: number) => Promise<void>
  /** About how many messages wait, those that are being worked on and dead letters included. */
  readonly backlog: () => Promise<number>
}

/**
 * @param maxAttempts of a request
 * @param deadLettersUrl where messages go that could not be worked on; they count as waiting, too
 */
export const openCallbacksQueue = (queueUrl: string, maxAttempts = 3, deadLettersUrl?: string): CallbacksQueue => {
  // A queue's URL names its host as the queue's owner sees it; the configured endpoint is the one that can be reached.
  const client = new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler: timeouts, maxAttempts })
  return {
    enqueue: async ({ body, source, verdict, receivedAt }, patience) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          // What was parsed and written again, as a quarantined record is, may hold what an escape stood for.
          MessageBody: escapeNonCharacters(body),
          MessageAttributes: {
            ...(source === '' ? {} : { source: { DataType: 'String', StringValue: source } }),
            verdict: { DataType: 'String', StringValue: verdict },
            receivedAt: { DataType: 'String', StringValue: receivedAt },
          },
        }),
        { abortSignal: AbortSignal.timeout(patience) },
      )
    },

    backlog: async () => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
      const lengths = [queueUrl, ...(deadLettersUrl ? [deadLettersUrl] : [])].map(async (QueueUrl) => {
        const { Attributes } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
        )
        return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0)
      })
      return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0)
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
