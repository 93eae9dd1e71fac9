import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import * as v from 'valibot'
import { vi } from 'vitest'
import { type Item, toWriteUnits, type WriteUnits } from '../../bench/cost/write-units.ts'
import { toSqsRecord } from '../../local/event-source.ts'
import type { JsonObject } from '../../shared/json.ts'
import { startAws } from '../aws.ts'
import { type Recorded, startRecordingProxy } from './recording-proxy.ts'

const services = ['DYNAMODB', 'SQS', 'SNS'] as const

/** The index of serverless.yml. */
export const listings = { keys: ['listing', 'listedAt', 'id'] } as const

const Answer = v.object({ statusCode: v.literal(200) })

/** The functions as they are deployed, their requests to AWS and their logs counted. */
export const startCountedAws = async () => {
  const aws = await startAws()
  const proxies = {
    DYNAMODB: await startRecordingProxy(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? ''),
    SQS: await startRecordingProxy(process.env.AWS_ENDPOINT_URL_SQS ?? ''),
    SNS: await startRecordingProxy(process.env.AWS_ENDPOINT_URL_SNS ?? ''),
  }
  for (const service of services) process.env[`AWS_ENDPOINT_URL_${service}`] = proxies[service].url
  Object.assign(process.env, {
    METRICS_NAMESPACE: 'huawei-call-receiver-production',
    SIGNATURE_POLICY: 'off',
    DEAD_LETTERS_URL: await aws.ref('DeadLetters'),
  })
  const load = async (name: string) => (await import(`../../functions/${name}.ts`)).handler
  const handlers = {
    status: await load('receive-status'),
    cdr: await load('receive-cdr'),
    store: await load('store-callbacks'),
    sweep: await load('sweep'),
  }
  const queue = await aws.ref('Callbacks')
  const poller = new SQSClient({ useQueueUrlAsEndpoint: false })

  /** All that is written to the log meanwhile. */
  const logOf = async <T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly log: string }> => {
    const lines: string[] = []
    const keep = (chunk: unknown) => lines.push(String(chunk)) > 0
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation(keep),
      vi.spyOn(console, 'error').mockImplementation(keep),
      vi.spyOn(console, 'log').mockImplementation(keep),
    ]
    try {
      return { result: await run(), log: lines.join('') }
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
  }

  return {
    readItem: async (id: string) => {
      const Key = { id: { S: id } }
      return (await aws.dynamodb.send(new GetItemCommand({ TableName: await aws.ref('Calls'), Key }))).Item
    },
    ref: aws.ref,

    /** Forgets what was recorded so far. */
    reset: () => {
      for (const service of services) proxies[service].requests.length = 0
    },
    recorded: () => ({
      dynamodb: [...proxies.DYNAMODB.requests],
      sqs: [...proxies.SQS.requests],
      sns: [...proxies.SNS.requests],
    }),

    /** The platform pushes one callback. @returns the log */
    push: async (body: JsonObject): Promise<string> => {
      const handler = body.eventType === 'fee' ? handlers.cdr : handlers.status
      const { result, log } = await logOf(() => handler({ body: JSON.stringify(body), isBase64Encoded: false }, {}))
      v.parse(Answer, result)
      return log
    },

    /** Lambda's poller takes up to ten messages off the queue, gives them to the worker, and deletes them. @returns the log */
    work: async (): Promise<string> => {
      const { Messages = [] } = await poller.send(
        new ReceiveMessageCommand({
          QueueUrl: queue,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      )
      const event: SQSEvent = { Records: Messages.map((message) => toSqsRecord(message, '')) }
      const { result, log } = await logOf<SQSBatchResponse>(() => handlers.store(event, {}))
      if (result.batchItemFailures.length > 0) throw new Error(`found ${log}, wanted a batch that is stored`)
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
      await poller.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }))
      return log
    },

    sweep: () => logOf(() => handlers.sweep({}, {})),

    stop: async () => {
      await Promise.all(services.map((service) => proxies[service].stop()))
      await aws.stop()
    },
  }
}

export type CountedAws = Awaited<ReturnType<typeof startCountedAws>>

const Update = v.object({ Key: v.object({ id: v.object({ S: v.string() }) }) })
const Answered = v.object({
  Attributes: v.optional(v.custom<Item>((value) => typeof value === 'object' && value !== null)),
})

/** An item after a write, and what the write took. */
export interface Write {
  readonly id: string
  readonly after: Item
  readonly units: WriteUnits
}

/** What UpdateItem requests of `ALL_OLD` wrote, from what the table answered and what it has in the end. */
export const toWrites = async (
  requests: readonly Recorded[],
  readItem: (id: string) => Promise<Item | undefined>,
): Promise<readonly Write[]> => {
  const updates = requests.map(({ action, body, answer }) => {
    if (action !== 'UpdateItem') throw new Error(`Cannot count: found ${action}, wanted UpdateItem alone`)
    const id = v.parse(Update, JSON.parse(body)).Key.id.S
    return { id, before: v.parse(Answered, JSON.parse(answer)).Attributes }
  })
  return Promise.all(
    updates.map(async ({ id, before }, n) => {
      const next = updates.slice(n + 1).find((update) => update.id === id)
      const after = next ? next.before : await readItem(id)
      if (after === undefined) throw new Error('Cannot count: found no item after a write, wanted one')
      return { id, after, units: toWriteUnits(before, after, listings) }
    }),
  )
}
