import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerQueue } from '../../bench/mock-queue.ts'
import { createMockTable } from '../../bench/mock-table.ts'
import { answerTopic } from '../../bench/mock-topic.ts'
import { toPublishBatch } from '../../bench/publish-batch.ts'
import { openCallsTable, type StoredCall } from '../../shared/calls-table.ts'
import { foldCall } from '../../shared/fold-call.ts'
import { startAws } from '../aws.ts'
import { forCall, readFixture, settings, toFacts } from '../shared/messages.ts'

let aws: Awaited<ReturnType<typeof startAws>>
beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws.stop())

const serve = async (reply: (operation: string, body: string) => string): Promise<{ server: Server; url: string }> => {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? ''
    response.end(reply(operation, Buffer.concat(chunks).toString()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('the mock of the table answers as another server does', async () => {
  const messages = [
    ...(await readFixture('call-back-status-sequence-answered')),
    ...(await readFixture('call-back-cdr-answered')),
    ...(await readFixture('call-back-status-sequence-answered')).slice(0, 1),
  ]
  const writes = messages.map((message) => toFacts([forCall(message, 'mocked')]))
  const name = await aws.ref('Calls')
  const storeAt = async (endpoint: string | undefined) => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = endpoint
    const table = openCallsTable(name, 90)
    const stored: StoredCall[] = []
    for (const facts of [...writes, writes.slice(0, -1).flat()]) {
      const known = foldCall('voice-call/mocked', facts, settings)
      stored.push(await table.addFacts('voice-call/mocked', facts, known, '2026-01-27T10:00:00.000Z'))
    }
    return stored.map(({ facts, heardAt, ...others }) => ({
      ...others,
      isHeard: heardAt !== undefined,
      facts: Object.fromEntries(facts.map(({ name, text }) => [name, text])),
    }))
  }
  const { server, url } = await serve(createMockTable())
  const real = process.env.AWS_ENDPOINT_URL_DYNAMODB
  const [ofOther, ofMock] = [await storeAt(real), await storeAt(url)]
  process.env.AWS_ENDPOINT_URL_DYNAMODB = real
  server.close()
  expect(ofMock).toEqual(ofOther)
  expect(ofMock.at(-1)?.shown).toMatchObject({ talkSeconds: 11, disposition: 'answered' })
})

test('the mock of the table refuses what it does not do', () => {
  const table = createMockTable()
  const update = { Key: { id: { S: 'a' } }, ReturnValues: 'ALL_OLD' }
  expect(() => table('UpdateItem', JSON.stringify({ ...update, UpdateExpression: 'SET a=a+:one' }))).toThrow(
    'Cannot update: found a=a+:one, wanted a=:a or a=if_not_exists(a,:a)',
  )
  expect(() =>
    table('UpdateItem', JSON.stringify({ ...update, UpdateExpression: 'SET a=:a', ConditionExpression: 'a>:a' })),
  ).toThrow('found the condition a>:a')
  const set = { UpdateExpression: 'SET a=:a', ExpressionAttributeValues: { ':a': { S: 'x' } } }
  expect(() => table('UpdateItem', JSON.stringify({ ...update, ...set, ConditionExpression: 'a=:a' }))).toThrow(
    'found a condition that does not hold',
  )
  expect(() => table('Query', '{}')).toThrow('found Query, wanted UpdateItem, PutItem or TransactWriteItems')
})

test('the mock of the queue gives the digests that another server gives', async () => {
  const { server, url } = await serve(answerQueue)
  const message = {
    QueueUrl: await aws.ref('Callbacks'),
    MessageBody: '{"eventType":"键"}',
    MessageAttributes: {
      source: { DataType: 'String', StringValue: 'voice-call' },
      receivedAt: { DataType: 'String', StringValue: '2026-01-27T10:00:00.000Z' },
    },
  }
  const sqs = new SQSClient({ endpoint: url, useQueueUrlAsEndpoint: false })
  const { $metadata: _, MessageId, ...ofMock } = await sqs.send(new SendMessageCommand(message))
  const other = await aws.sqs.send(new SendMessageCommand(message))
  server.close()
  expect(MessageId).toBeDefined()
  expect(other).toMatchObject(ofMock)
  expect(ofMock).toEqual({ MD5OfMessageBody: expect.any(String), MD5OfMessageAttributes: expect.any(String) })
})

test('the mock of the topic takes every entry', async () => {
  const { server, url } = await serve(answerTopic)
  const PublishBatchRequestEntries = ['a', 'b'].map((Id) => ({ Id, Message: '{}' }))
  const sns = new SNSClient({ endpoint: url })
  const { Successful, Failed } = await sns.send(
    new PublishBatchCommand({ TopicArn: await aws.ref('CallRecords'), PublishBatchRequestEntries }),
  )
  server.close()
  expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'b'])
  expect(Failed).toEqual([])
})

test('what was published is read back from the request as it was given to the client', async () => {
  const bodies: string[] = []
  const { server, url } = await serve((operation, body) => {
    bodies.push(body)
    return answerTopic(operation, body)
  })
  const text = (StringValue: string) => ({ DataType: 'String', StringValue })
  const input = {
    TopicArn: await aws.ref('CallRecords'),
    PublishBatchRequestEntries: [
      { Id: '0', Message: '{"a b":"键&=+"}', MessageAttributes: { source: text('voice-call'), state: text('ended') } },
      { Id: '1', Message: '{}', MessageAttributes: {} },
    ],
  }
  await new SNSClient({ endpoint: url }).send(new PublishBatchCommand(input))
  server.close()
  expect(bodies.map(toPublishBatch)).toEqual([input])
})
