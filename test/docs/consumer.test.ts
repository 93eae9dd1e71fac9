import { CreateTableCommand, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../docs/call-record.ts'
import { consume } from '../../docs/consumer.ts'
import { openCallRecordsTopic, toPublications } from '../../shared/call-records-topic.ts'
import { foldCall } from '../../shared/fold-call.ts'
import { drain, startAws } from '../aws.ts'
import { forCall, readFixture, settings, toFacts } from '../shared/messages.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let queue: string
const table = 'consumer'

beforeAll(async () => {
  aws = await startAws()
  // A message that was not deleted comes back after a second.
  const { QueueUrl = '' } = await aws.sqs.send(
    new CreateQueueCommand({ QueueName: 'consumer', Attributes: { VisibilityTimeout: '1' } }),
  )
  queue = QueueUrl
  await aws.dynamodb.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'callId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'callId', KeyType: 'HASH' }],
    }),
  )
})
afterAll(() => aws.stop())
beforeEach(async () => {
  await drain(aws.sqs, queue)
})

const record = (call: string, revision: number, edition: number, talkSeconds = revision): CallRecord => {
  const callId = `voice-call/${call}`
  const told = { source: 'voice-call', scenario: 'playback', completeness: 'complete', legs: [], talkSeconds } as const
  return { id: `${callId}#${revision}.${edition}`, callId, revision, edition, ...told }
}

const send = (body: CallRecord | string) => {
  const MessageBody = typeof body === 'string' ? body : JSON.stringify(body)
  return aws.sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }))
}

const kept = async (call: string): Promise<CallRecord | undefined> => {
  const { Item } = await aws.dynamodb.send(
    new GetItemCommand({ TableName: table, Key: { callId: { S: `voice-call/${call}` } }, ConsistentRead: true }),
  )
  if (Item === undefined) return undefined
  const found: CallRecord = JSON.parse(Item.record?.S ?? '')
  expect(Item).toMatchObject({ revision: { N: String(found.revision) }, edition: { N: String(found.edition) } })
  return found
}

/** Until the queue holds nothing, in flight or not. */
const consumeAll = async (QueueUrl: string) => {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  for (;;) {
    const { Attributes = {} } = await aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
    )
    if (names.every((name) => Attributes[name] === '0')) return
    await consume(aws.sqs, QueueUrl, aws.dynamodb, table)
  }
}

/** One record after the other, each in a message of its own that is consumed before the next one is sent. */
const consumeInTurn = async (records: readonly CallRecord[]) => {
  for (const one of records) {
    await send(one)
    await consume(aws.sqs, queue, aws.dynamodb, table)
  }
  expect(await drain(aws.sqs, queue)).toEqual([])
}

const permutations = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  all.length < 2
    ? [all]
    : all.flatMap((one, n) => permutations([...all.slice(0, n), ...all.slice(n + 1)]).map((rest) => [one, ...rest]))

describe('the consumer keeps of each call the record with the highest revision, then edition', () => {
  test('in whatever order they come, and however often', async () => {
    // As text 9 would be above 10, and with the edition alone 9.3 above 10.1.
    const records = [record('order', 9, 3), record('order', 10, 1), record('order', 10, 2)]
    for (const [n, order] of permutations(records).entries()) {
      const own = order.map(({ revision, edition }) => record(`order-${n}`, revision, edition))
      await consumeInTurn([...own, ...own])
      expect(await kept(`order-${n}`)).toEqual(record(`order-${n}`, 10, 2))
    }
  })

  test('and drops one that is equal or lower, whatever it says', async () => {
    await consumeInTurn([record('drop', 5, 5)])
    const others: readonly [revision: number, edition: number][] = [
      [5, 5],
      [5, 4],
      [4, 5],
      [4, 6],
      [1, 1],
    ]
    for (const [revision, edition] of others) await consumeInTurn([record('drop', revision, edition, 999)])
    expect(await kept('drop')).toEqual(record('drop', 5, 5))
    await consumeInTurn([record('drop', 5, 6, 6)])
    expect(await kept('drop')).toEqual(record('drop', 5, 6, 6))
    await consumeInTurn([record('drop', 6, 1, 7)])
    expect(await kept('drop')).toEqual(record('drop', 6, 1, 7))
  })

  test('of several calls in one batch', async () => {
    const calls = ['a', 'b', 'c']
    for (const call of calls) for (const revision of [2, 3, 1]) await send(record(call, revision, 1))
    await consumeAll(queue)
    for (const call of calls) expect(await kept(call)).toEqual(record(call, 3, 1))
    const { Items = [] } = await aws.dynamodb.send(new ScanCommand({ TableName: table }))
    expect(new Set(Items.map(({ callId }) => callId?.S)).size).toBe(Items.length)
  })

  test('as they come from the topic, raw, every revision of a call', async () => {
    const messages = [
      ...(await readFixture('call-back-status-sequence-answered')),
      ...(await readFixture('call-back-cdr-answered')),
    ].map((message) => forCall(message, 'real'))
    const facts = toFacts(messages)
    const own = await aws.ref('CallRecordsQueue')
    const topic = openCallRecordsTopic(await aws.ref('CallRecords'))
    const published = facts.flatMap((_, n) =>
      toPublications({ call: foldCall('voice-call/real', facts.slice(0, n + 1), settings), isMissing: true }, 'ended'),
    )
    expect(await topic.publish(published.toReversed())).toEqual([])
    await consumeAll(own)
    expect(await kept('real')).toEqual(published.at(-1)?.record)
    expect(await kept('real')).toMatchObject({ revision: 8, talkSeconds: 11 })
  })
})

describe('a message goes only after its record is kept', () => {
  test('a crash between the two brings it again, and it changes nothing', async () => {
    const crashing = new SQSClient({ useQueueUrlAsEndpoint: false })
    crashing.middlewareStack.add(
      (next, { commandName }) =>
        (args) =>
          commandName === 'DeleteMessageCommand' ? Promise.reject(new Error('crash')) : next(args),
      { step: 'initialize' },
    )
    await send(record('crash', 2, 1))
    await expect(consume(crashing, queue, aws.dynamodb, table)).rejects.toThrow('crash')
    expect(await kept('crash')).toEqual(record('crash', 2, 1))
    // Meanwhile another worker takes a newer one.
    await send(record('crash', 3, 1))
    await consume(aws.sqs, queue, aws.dynamodb, table)
    expect(await kept('crash')).toEqual(record('crash', 3, 1))
    await consume(aws.sqs, queue, aws.dynamodb, table)
    expect(await kept('crash')).toEqual(record('crash', 3, 1))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await drain(aws.sqs, queue)).toEqual([])
  })

  test('a table that refuses leaves it on the queue, and so does a text that is no record', async () => {
    await send(record('refused', 1, 1))
    await expect(consume(aws.sqs, queue, aws.dynamodb, 'no-such-table')).rejects.toThrow()
    await consume(aws.sqs, queue, aws.dynamodb, table)
    expect(await kept('refused')).toEqual(record('refused', 1, 1))
    await send('x')
    await expect(consume(aws.sqs, queue, aws.dynamodb, table)).rejects.toThrow(SyntaxError)
    expect(await drain(aws.sqs, queue, 1)).toMatchObject([{ Body: 'x' }])
  })
})
