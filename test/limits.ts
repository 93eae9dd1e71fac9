import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'

// AWS's limits that the embedded servers do not keep (docs/decisions/0005), checked of every request that is sent.

const Value = v.record(v.string(), v.unknown())
const Item = v.record(v.string(), Value)
const Attributes = v.optional(
  v.record(v.string(), v.object({ DataType: v.string(), StringValue: v.optional(v.string(), '') })),
  {},
)
const Update = v.object({ UpdateExpression: v.string(), ExpressionAttributeValues: v.optional(Item, {}) })
const Message = v.object({ MessageBody: v.string(), MessageAttributes: Attributes })
const Batch = v.object({
  PublishBatchRequestEntries: v.array(v.object({ Message: v.string(), MessageAttributes: Attributes })),
})
const Subscription = v.object({ Attributes: v.optional(v.record(v.string(), v.string()), {}) })

const bytes = (text: string) => Buffer.byteLength(text)
const sizeOf = (text: string, attributes: v.InferOutput<typeof Attributes>) =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue }]) => sum + bytes(name) + bytes(DataType) + bytes(StringValue),
    bytes(text),
  )
const isTakenText = (text: string) => text !== '' && text.isWellFormed() && !/[^\t\n\r\x20-\uFFFD]/.test(text)

/** @returns what breaks a limit, by the limit's name */
const toBroken = (rules: { readonly [limit: string]: boolean }): string[] =>
  Object.entries(rules).flatMap(([limit, isKept]) => (isKept ? [] : [limit]))

const checkMessage = (text: string, attributes: v.InferOutput<typeof Attributes>) => ({
  'text without U+FFFE, U+FFFF and control characters': isTakenText(text),
  'attributes: 10, none empty, the same characters':
    Object.keys(attributes).length <= 10 &&
    Object.values(attributes).every(({ StringValue }) => isTakenText(StringValue)),
})

/** Keys of the index are never empty, and its range key has at most 1,024 bytes. No value is nested. */
const checkValues = (values: v.InferOutput<typeof Item>) => ({
  'index key of 1 to 1,024 bytes': ['listing', 'listedAt', ':listing', ':listedAt'].every((name) => {
    const text = values[name]?.S
    return values[name] === undefined || (typeof text === 'string' && text !== '' && bytes(text) <= 1024)
  }),
  'no nested value': Object.values(values).every((value) => 'S' in value || 'N' in value),
})

const isExact = (policy: unknown): boolean =>
  v.is(v.record(v.pipe(v.string(), v.regex(/^\w/)), v.array(v.string())), policy)

const checks: { readonly [command: string]: (input: unknown) => string[] } = {
  UpdateItemCommand: (input) => {
    const { UpdateExpression, ExpressionAttributeValues } = v.parse(Update, input)
    return toBroken({
      'update expression of 4 KB': bytes(UpdateExpression) <= 4096,
      ...checkValues(ExpressionAttributeValues),
    })
  },
  PutItemCommand: (input) => toBroken(checkValues(v.parse(v.object({ Item }), input).Item)),
  SendMessageCommand: (input) => {
    const { MessageBody, MessageAttributes } = v.parse(Message, input)
    return toBroken({
      'message of 1 MiB with its attributes': sizeOf(MessageBody, MessageAttributes) <= 1024 * 1024,
      ...checkMessage(MessageBody, MessageAttributes),
    })
  },
  PublishBatchCommand: (input) => {
    const { PublishBatchRequestEntries: entries } = v.parse(Batch, input)
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry.Message, entry.MessageAttributes), 0)
    const each = entries.flatMap((entry) => toBroken(checkMessage(entry.Message, entry.MessageAttributes)))
    return [...toBroken({ 'batch of 10': entries.length <= 10, 'batch of 256 KiB': size <= 256 * 1024 }), ...each]
  },
  SubscribeCommand: (input) => {
    const { FilterPolicy = '{}' } = v.parse(Subscription, input).Attributes
    return toBroken({ 'filter by exact values': isExact(JSON.parse(FilterPolicy)) })
  },
}

/** What a request breaks of the limits. */
export const brokenLimits = (command: string, input: unknown): string[] => checks[command]?.(input) ?? []

/** Keeps what the requests of this process break from now on. */
export const watchLimits = (): readonly string[] => {
  const broken: string[] = []
  for (const { prototype } of [DynamoDBClient, SQSClient, SNSClient]) {
    const send = new Proxy(prototype.send, {
      apply(target, client, args) {
        const [command] = args
        const { name } = command.constructor
        broken.push(...brokenLimits(name, command.input).map((limit) => `${name}: ${limit}`))
        return Reflect.apply(target, client, args)
      },
    })
    Object.assign(prototype, { send })
  }
  return broken
}
