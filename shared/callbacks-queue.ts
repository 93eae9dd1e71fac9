import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Callback } from './callback.ts'
import { toMessage } from './callback-message.ts'
import { timeouts } from './timeouts.ts'

/** The queue between the functions that receive and the one that stores, as those see it that are in no hurry. */
export interface CallbacksQueue {
  /** @param patience milliseconds, retries included */
  readonly enqueue: (callback: Callback, patience: number) => Promise<void>
  /** About how many messages wait, those that are being worked on included, and how many are dead letters. */
  readonly backlog: () => Promise<{ readonly messages: number; readonly deadLetters: number }>
}

/** @param deadLettersUrl where messages go that could not be worked on */
export const openCallbacksQueue = (queueUrl: string, deadLettersUrl?: string): CallbacksQueue => {
  // A queue's URL names its host as the queue's owner sees it; the configured endpoint is the one that can be reached.
  const client = new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler: timeouts })
  return {
    enqueue: async (callback, patience) => {
      const message = new SendMessageCommand(toMessage(queueUrl, callback))
      await client.send(message, { abortSignal: AbortSignal.timeout(patience) })
    },

    backlog: async () => {
      const [messages, deadLetters] = await Promise.all([
        countMessages(client, queueUrl),
        deadLettersUrl === undefined ? 0 : countMessages(client, deadLettersUrl),
      ])
      return { messages, deadLetters }
    },
  }
}

/** About how many wait in any queue, those that are being worked on included. */
export const countMessages = async (client: SQSClient, QueueUrl: string): Promise<number> => {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))
  return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0)
}
