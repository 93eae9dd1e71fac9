import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { logFailure } from '../shared/attempt-all.ts'

export interface EventSource {
  readonly queueUrl: string
  readonly queueArn: string
  readonly batchSize: number
  readonly handler: (event: SQSEvent) => Promise<SQSBatchResponse>
}

const pollers = 2

/**
 * Polls a queue as Lambda does: a message is deleted when its batch was handled and it is not among the failed ones.
 * All others come back after the queue's visibility timeout, until the queue moves them to its dead-letter queue.
 */
export const startEventSource = (source: EventSource, sqs: SQSClient): { stop: () => Promise<void> } => {
  const state = { stopping: false }
  const running = Array.from({ length: pollers }, () => poll(source, sqs, state))
  return {
    stop: async () => {
      state.stopping = true
      await Promise.all(running)
    },
  }
}

const poll = async (source: EventSource, sqs: SQSClient, state: { readonly stopping: boolean }): Promise<void> => {
  while (!state.stopping) {
    try {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: source.queueUrl,
          MaxNumberOfMessages: source.batchSize,
          // A poll is never broken off, since a queue may answer it all the same and its messages would be out for the
          // whole visibility timeout; so a stop waits for it, and it is short.
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      )
      if (Messages.length > 0) await invoke(source, sqs, Messages)
    } catch (error) {
      logFailure('work on a batch', error)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

const invoke = async ({ queueUrl, queueArn, handler }: EventSource, sqs: SQSClient, messages: readonly Message[]) => {
  const { batchItemFailures } = await handler({ Records: messages.map((message) => toSqsRecord(message, queueArn)) })
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
  const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId))
  if (done.length === 0) return
  const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
}

/** A received message as Lambda gives it to a function. */
export const toSqsRecord = (message: Message, eventSourceARN: string): SQSRecord => ({
  messageId: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  md5OfBody: message.MD5OfBody ?? '',
  attributes: {
    ApproximateReceiveCount: '',
    SentTimestamp: '',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '',
    ...message.Attributes,
  },
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType = '', StringValue }]) => [
      name,
      { dataType: DataType, ...(StringValue === undefined ? {} : { stringValue: StringValue }) },
    ]),
  ),
  eventSource: 'aws:sqs',
  eventSourceARN,
  awsRegion: '',
})
