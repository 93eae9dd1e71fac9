import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CallsTable } from '../../shared/calls-table.ts'
import { hash } from '../../shared/fact.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { JsonObject } from '../../shared/json.ts'
import { drain, startAws, toRecords } from '../aws.ts'
import { cdr, forCall, readFixture, settings, status, toFacts } from '../shared/messages.ts'
import { sqsRecord } from '../sqs-record.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let store: (messages: readonly SQSRecord[], publish?: 'ended' | 'every-revision') => Promise<SQSBatchResponse>
let queue: string
let table: CallsTable
const count = vi.fn()

beforeAll(async () => {
  aws = await startAws()
  queue = await aws.ref('CallRecordsQueue')
  const { storeCallbacks } = await import('../../functions/store-callbacks.ts')
  const { openCallsTable } = await import('../../shared/calls-table.ts')
  const { openCallRecordsTopic } = await import('../../shared/call-records-topic.ts')
  table = openCallsTable(await aws.ref('Calls'), 90)
  const topic = openCallRecordsTopic(await aws.ref('CallRecords'))
  store = (messages, publish = 'ended') => storeCallbacks(messages, table, topic, { ...settings, publish }, count)
})
afterAll(() => aws.stop())
beforeEach(() => drain(aws.sqs, queue))

let sent = 0
const message = (body: unknown, receivedAt = '2026-01-27T10:00:00.000Z', source = 'voice-call'): SQSRecord =>
  sqsRecord(String(sent++), typeof body === 'string' ? body : JSON.stringify(body), {
    source,
    receivedAt,
    verdict: 'valid',
  })

const item = async (id: string) => {
  const { Item } = await aws.dynamodb.send(
    new GetItemCommand({ TableName: await aws.ref('Calls'), Key: { id: { S: id } } }),
  )
  return Item
}
const quarantined = async (receivedAt: string) => {
  const found: Record<string, AttributeValue>[] = []
  let start: Record<string, AttributeValue> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await aws.dynamodb.send(
      new ScanCommand({
        TableName: await aws.ref('Calls'),
        FilterExpression: 'begins_with(id,:q) AND listedAt=:r',
        ExpressionAttributeValues: { ':q': { S: 'quarantined/' }, ':r': { S: receivedAt } },
        ExclusiveStartKey: start,
      }),
    )
    found.push(...Items)
    start = LastEvaluatedKey
  } while (start)
  return found
}
const none: SQSBatchResponse = { batchItemFailures: [] }

describe('one item per call', () => {
  test('status events are stored and published once the CDR is there', async () => {
    const messages = (await readFixture('call-back-status-sequence-answered')).map((one) => forCall(one, 'two-steps'))
    expect(await store(messages.map((one) => message(one)))).toEqual(none)
    expect(await item('voice-call/two-steps')).toMatchObject({
      listing: { S: expect.stringMatching(/^open#[0-7]$/) },
      listedAt: { S: '2026-01-27T10:00:00.000Z' },
    })
    const [ended = {}] = await readFixture('call-back-cdr-answered')
    expect(await store([message(forCall(ended, 'two-steps'), '2026-01-27T11:00:00.000Z')])).toEqual(none)
    expect(await item('voice-call/two-steps')).toMatchObject({
      listing: { S: expect.stringMatching(/^ended#2019-01-24#[0-7]$/) },
      listedAt: { S: '2019-01-24T03:04:49.000Z' },
      talkSeconds: { N: '11' },
      disposition: { S: 'answered' },
      expiresAt: { N: expect.stringMatching(/^\d{10}$/) },
    })
    expect(toRecords(await drain(aws.sqs, queue))).toMatchObject([{ id: 'voice-call/two-steps#8.1', talkSeconds: 11 }])
  })

  test('a late status event makes a revision and does not reopen the call', async () => {
    await store([message(forCall(cdr({ callEndTime: '10:00:00' }), 'late'))])
    await store([message(forCall(status('disconnect', '10:00:00'), 'late'))])
    expect((await item('voice-call/late'))?.listing?.S).toMatch(/^ended#2026-01-27/)
    expect(toRecords(await drain(aws.sqs, queue)).map(({ revision }) => revision)).toEqual([1, 2])
  })

  test('a repeat changes nothing and goes out again under the same id', async () => {
    const one = forCall(cdr({ callEndTime: '10:00:00', callOutAnswerTime: '09:59:00', serviceType: '001' }), 'repeat')
    await store([message(one)])
    const before = await item('voice-call/repeat')
    await store([message(one), message(one)])
    // When it was heard of last is all that a repeat changes.
    const { heardAt, expiresAt, ...same } = before ?? {}
    expect(await item('voice-call/repeat')).toMatchObject(same)
    const [first, ...others] = toRecords(await drain(aws.sqs, queue))
    expect(others).toEqual([first])
  })

  test('a later CDR without an answer takes back the talk time that people see', async () => {
    await store([
      message(
        forCall(cdr({ serviceType: '001', callOutAnswerTime: '10:00:00', callEndTime: '10:00:09' }), 'taken-back'),
      ),
    ])
    expect(await item('voice-call/taken-back')).toMatchObject({ talkSeconds: { N: '9' } })
    await store([
      message(forCall(cdr({ serviceType: '001', ulFailReason: 514, callEndTime: '10:00:10' }), 'taken-back')),
    ])
    const found = await item('voice-call/taken-back')
    expect(found).not.toHaveProperty('talkSeconds')
    expect(found).toMatchObject({ disposition: { S: 'no-answer' } })
  })

  test('what people see is what the record says, whichever facts came last', async () => {
    const answered = forCall(
      cdr({ serviceType: '001', callOutAnswerTime: '10:00:00', callEndTime: '10:00:50' }),
      'shown',
    )
    const earlier = forCall(cdr({ serviceType: '001', ulFailReason: 514, callEndTime: '10:00:20' }), 'shown')
    await store([message(answered)])
    await store([message(earlier)])
    await store([message(earlier)])
    expect(await item('voice-call/shown')).toMatchObject({
      talkSeconds: { N: '50' },
      disposition: { S: 'answered' },
      listedAt: { S: '2026-01-27T10:00:50.000Z' },
    })
    await store([message(forCall(status('disconnect', '10:00:25'), 'shown-late'))])
    await store([message(forCall(cdr({ serviceType: '001', callOutAnswerTime: '10:00:00' }), 'shown-late'))])
    expect(await item('voice-call/shown-late')).toMatchObject({ talkSeconds: { N: '25' } })
  })

  test('an ended call without an end is listed under its receipt', async () => {
    await store([message(forCall(cdr({}), 'no-end'), '2026-01-29T10:00:00.000Z')])
    expect(await item('voice-call/no-end')).toMatchObject({
      listing: { S: expect.stringMatching(/^ended#2026-01-29/) },
      listedAt: { S: '2026-01-29T10:00:00.000Z' },
    })
  })

  test('an operator can read the facts as JSON', async () => {
    await store([message(forCall(status('answer', '10:00:00', { called: '+861', extra: [1.5] }), 'readable'))])
    const facts = Object.entries((await item('voice-call/readable')) ?? {}).filter(([name]) => name.includes(':'))
    expect(facts).toEqual([
      [expect.stringMatching(/^answer:/), { S: '{"called":"+861","extra":[1.5],"timestamp":"2026-01-27 10:00:00"}' }],
    ])
  })
})

describe('calls with several CDRs', () => {
  const first = cdr({ callOutAnswerTime: '09:59:00', callEndTime: '10:00:00' })
  const last = cdr({ callOutAnswerTime: '09:59:00', callEndTime: '10:00:30' })
  const receivedAt = '2026-01-27T10:00:00.000Z'
  const toKnown = (callId: string, messages: readonly JsonObject[]) => {
    const facts = toFacts(messages)
    return { facts, call: foldCall(callId, facts, settings) }
  }

  test('a lesser one leaves its call as it is listed, were its worker to crash after the write', async () => {
    const callId = 'voice-call/lesser'
    const [lesser, counting] = [toKnown(callId, [first]), toKnown(callId, [last])]
    await table.addFacts(callId, counting.facts, counting.call, receivedAt)
    const stored = await table.addFacts(callId, lesser.facts, lesser.call, receivedAt)
    expect(stored.facts).toHaveLength(2)
    expect(stored.shown).toEqual({ talkSeconds: 90, disposition: 'answered', listedAt: '2026-01-27T10:00:30.000Z' })
    expect(await table.getCall(callId)).toEqual({ ...stored, facts: expect.arrayContaining([...stored.facts]) })
    const again = await table.addFacts(callId, counting.facts, counting.call, receivedAt)
    expect(again.shown).toEqual(stored.shown)
  })

  test('a call is shown anew only if nothing was written since it was read', async () => {
    const callId = 'voice-call/shown-anew'
    const [lesser, both] = [toKnown(callId, [first]), toKnown(callId, [first, last])]
    const read = await table.addFacts(callId, both.facts, lesser.call, receivedAt)
    await new Promise((resolve) => setTimeout(resolve, 2))
    const answered = toKnown(callId, [status('answer', '09:59:00')])
    await table.addFacts(callId, answered.facts, answered.call, receivedAt)
    expect(await table.show(both.call, read, receivedAt)).toBeUndefined()
    const now = await table.getCall(callId)
    expect(now?.shown.talkSeconds).toBe(60)
    const shown = now && (await table.show(both.call, now, receivedAt))
    expect(shown?.shown.talkSeconds).toBe(90)
    expect(await table.getCall(callId)).toEqual(shown)
  })

  test('a call that is erased between two writes is listed by the one that comes after', async () => {
    const callId = 'voice-call/erased-between'
    const [told, silent] = [toKnown(callId, [last]), toKnown(callId, [cdr({ appKey: 'x' })])]
    await table.addFacts(callId, told.facts, told.call, receivedAt)
    const { send } = DynamoDBClient.prototype
    let refusals = 0
    const eraseOnce = async (error: Error) => {
      if (error.name === 'ConditionalCheckFailedException' && refusals++ === 0)
        await aws.dynamodb.send(
          new DeleteItemCommand({ TableName: await aws.ref('Calls'), Key: { id: { S: callId } } }),
        )
      throw error
    }
    const sending = vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(function (
      this: DynamoDBClient,
      ...sent: unknown[]
    ) {
      return Promise.resolve(Reflect.apply(send, this, sent)).catch(eraseOnce)
    })
    const stored = await table.addFacts(callId, silent.facts, silent.call, receivedAt)
    sending.mockRestore()
    expect([refusals, stored.facts.length]).toEqual([2, 1])
    expect((await item(callId))?.listing?.S).toMatch(/^ended#2026-01-27#/)
  })
})

describe('limits', () => {
  test('more calls than are worked on at once are all stored and published', async () => {
    const toFees = (first: number) =>
      Array.from({ length: 150 }, (_, n) => ({ sessionId: `many-${first + n}`, callEndTime: '2026-01-27 10:00:00' }))
    const messages = [0, 150].map((first) => message({ eventType: 'fee', feeLst: toFees(first) }))
    expect(await store(messages)).toEqual(none)
    const ids = toRecords(await drain(aws.sqs, queue)).map(({ id }) => id)
    expect(new Set(ids).size).toBe(300)
    expect(count.mock.lastCall?.[0]).toMatchObject({
      'accepted.voice-call.valid': 2,
      stored: 300,
      'published.ended': 300,
    })
  })

  test('50 CDRs in one message are 50 calls, each published once', async () => {
    const feeLst = Array.from({ length: 50 }, (_, n) => ({
      sessionId: `fifty-${n}`,
      callEndTime: '2026-01-27 10:00:00',
    }))
    expect(await store([message({ eventType: 'fee', feeLst: [...feeLst, feeLst[0]] })])).toEqual(none)
    const ids = toRecords(await drain(aws.sqs, queue)).map(({ id }) => id)
    expect(ids.sort()).toEqual(feeLst.map(({ sessionId }) => `voice-call/${sessionId}#1.1`).sort())
  })

  test('hundreds of facts of one call are all stored', async () => {
    const many = Array.from({ length: 250 }, (_, n) =>
      message(forCall(status('collectInfo', '10:00:00', { digitInfo: `${n}` }), 'many')),
    )
    expect(await store([...many, message(forCall(cdr({}), 'many'))])).toEqual(none)
    expect(toRecords(await drain(aws.sqs, queue))).toMatchObject([{ callId: 'voice-call/many', revision: 251 }])
  })

  test('a fact that no longer fits its call is quarantined, the others are stored', async () => {
    const receivedAt = '2026-02-01T10:00:00.000Z'
    const large = (n: number) =>
      message(forCall(status('answer', '10:00:00', { n, x: 'x'.repeat(150_000) }), 'full'), receivedAt)
    expect(await store([large(1), large(2), large(3), message(forCall(cdr({}), 'full'), receivedAt)])).toEqual(none)
    expect(toRecords(await drain(aws.sqs, queue))).toMatchObject([{ callId: 'voice-call/full', revision: 3 }])
    const [kept, ...others] = await quarantined(receivedAt)
    expect(others).toEqual([])
    expect(kept).toMatchObject({
      reason: { S: 'call-full' },
      message: { S: 'Cannot add the fact: found a call that with it is over 400 KB, wanted less' },
    })
    expect(JSON.parse(kept?.body?.S ?? '')).toMatchObject({ eventType: 'answer', statusInfo: { sessionId: 'full' } })
    expect(await store([large(4)])).toEqual(none)
    expect(await quarantined(receivedAt)).toHaveLength(2)
  })

  test('records too large together go out in several batches', async () => {
    const wide = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, 'x'.repeat(1000)]))
    const messages = Array.from({ length: 12 }, (_, n) => message(forCall(cdr(wide), `wide-${n}`)))
    expect(await store(messages)).toEqual(none)
    expect(await drain(aws.sqs, queue)).toHaveLength(12)
  })
})

describe('hostile messages', () => {
  test('thousands of records in one message are quarantined whole', async () => {
    const receivedAt = '2026-02-04T10:00:00.000Z'
    const many = (record: unknown, count: number) => ({ eventType: 'fee', feeLst: Array(count).fill(record) })
    expect(
      await store([message(many(1, 100_000), receivedAt), message(many({ sessionId: 'n' }, 501), receivedAt)]),
    ).toEqual(none)
    expect((await quarantined(receivedAt)).map(({ reason, pointer }) => [reason?.S, pointer?.S])).toEqual([
      ['too-many-records', '/feeLst'],
      ['too-many-records', '/feeLst'],
    ])
  })

  test('a batch of the largest facts of one call is written in parts that the table takes', async () => {
    const receivedAt = '2026-02-05T10:00:00.000Z'
    const large = (n: number) =>
      message(forCall(status('answer', '10:00:00', { n, x: 'x'.repeat(250_000) }), 'largest'), receivedAt)
    expect(await store(Array.from({ length: 10 }, (_, n) => large(n)))).toEqual(none)
    expect(await quarantined(receivedAt)).toHaveLength(9)
  })
})

describe('bad records', () => {
  test('one among good ones is quarantined with its reason and place, once', async () => {
    const receivedAt = '2026-02-02T10:00:00.000Z'
    const batch = [
      message(
        { eventType: 'fee', feeLst: [{ sessionId: 'good-1' }, { icid: 'x' }, { sessionId: 'good-2' }] },
        receivedAt,
      ),
    ]
    expect(await store(batch)).toEqual(none)
    expect(await store(batch)).toEqual(none)
    expect(await drain(aws.sqs, queue)).toHaveLength(4)
    expect(await quarantined(receivedAt)).toEqual([
      {
        id: { S: expect.stringMatching(/^quarantined\//) },
        source: { S: 'voice-call' },
        verdict: { S: 'valid' },
        body: { S: '{"eventType":"fee","feeLst":[{"icid":"x"}]}' },
        quarantinedAt: { S: expect.stringMatching(/Z$/) },
        reason: { S: 'no-session-id' },
        message: { S: 'Cannot tell the call: found nothing as sessionId, wanted text' },
        pointer: { S: '/feeLst/0/sessionId' },
        listing: { S: expect.stringMatching(/^quarantined#[0-7]$/) },
        listedAt: { S: receivedAt },
        expiresAt: { N: expect.stringMatching(/^\d{10}$/) },
      },
    ])
  })

  test('what cannot be read at all is quarantined as it is', async () => {
    const receivedAt = '2026-02-03T10:00:00.000Z'
    const byHand: SQSRecord = { ...message('{"eventType":"answer"'), messageAttributes: {} }
    expect(await store([message('not JSON', receivedAt), message('{}', receivedAt, 'elsewhere'), byHand])).toEqual(none)
    expect((await quarantined(receivedAt)).map(({ reason }) => reason?.S).sort()).toEqual([
      'not-json',
      'unknown-source',
    ])
    expect(await quarantined('2026-01-27T10:00:00.000Z')).toMatchObject([
      { reason: { S: 'unknown-source' }, source: { S: '' } },
    ])
  })
})

describe('what is due', () => {
  const live = (sessionId: string) => forCall(status('callout', '10:00:00', { called: '+861' }), sessionId)

  test('every-revision publishes calls that have not ended, but not to the default queue', async () => {
    const { queueUrl, stop } = await subscribeAll()
    await store([message(live('live'))], 'every-revision')
    await store([message(forCall(cdr({ serviceType: '001', ulFailReason: 522 }), 'live'))], 'every-revision')
    expect(toRecords(await drain(aws.sqs, queue))).toMatchObject([{ revision: 2 }])
    const all = await drain(aws.sqs, queueUrl)
    await stop()
    const attributes = all.map(({ MessageAttributes = {} }) =>
      Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])),
    )
    expect(attributes).toEqual([
      { source: 'voice-call', scenario: 'unknown', completeness: 'status-only', state: 'open' },
      { source: 'voice-call', scenario: 'playback', completeness: 'complete', disposition: 'failed', state: 'ended' },
    ])
  })

  test('a disconnect alone publishes nothing', async () => {
    await store([message(live('quiet')), message(forCall(status('disconnect', '10:00:09', { stateCode: 0 }), 'quiet'))])
    expect(await drain(aws.sqs, queue)).toEqual([])
  })

  const subscribeAll = async () => {
    const { makeResources } = await import('../../local/resources.ts')
    const resolve = await makeResources(
      {
        Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'all' } },
        Subscription: {
          Type: 'AWS::SNS::Subscription',
          Properties: {
            TopicArn: await aws.ref('CallRecords'),
            Protocol: 'sqs',
            Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
            RawMessageDelivery: true,
          },
        },
      },
      aws,
    )
    const { UnsubscribeCommand } = await import('@aws-sdk/client-sns')
    const SubscriptionArn = String(await resolve({ Ref: 'Subscription' }))
    return {
      queueUrl: String(await resolve({ Ref: 'Queue' })),
      stop: () => aws.sns.send(new UnsubscribeCommand({ SubscriptionArn })),
    }
  }
})

describe('when a server refuses', () => {
  test('one record of several, only its message goes back, and the log says why', async () => {
    const { storeCallbacks } = await import('../../functions/store-callbacks.ts')
    const { openCallRecordsTopic } = await import('../../shared/call-records-topic.ts')
    const errors = vi.spyOn(console, 'error').mockReturnValue(undefined)
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const entries = [...new URLSearchParams(Buffer.concat(chunks).toString())]
      const refused = entries.findIndex(([name, value]) => name.endsWith('.Message') && value.includes('refused-alone'))
      const member = entries[refused]?.[0].replace('.Message', '.Id')
      const id = entries.find(([name]) => name === member)?.[1]
      response.end(
        '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>' +
          `<Failed><member><Id>${id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed>` +
          '<Successful/></PublishBatchResult></PublishBatchResponse>',
      )
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const topic = openCallRecordsTopic('arn:aws:sns:eu-west-1:000000000000:calls')
    const [good, bad] = ['taken', 'refused-alone'].map((id) =>
      message(forCall(cdr({ callEndTime: '10:00:00' }), id)),
    ) as [SQSRecord, SQSRecord]
    const stored = await storeCallbacks([good, bad], table, topic, settings, count)
    vi.unstubAllEnvs()
    server.close()
    server.closeAllConnections()
    expect(stored).toEqual({ batchItemFailures: [{ itemIdentifier: bad.messageId }] })
    expect(errors.mock.calls).toEqual([[`Cannot publish call ${hash('voice-call/refused-alone')}: InternalError`]])
    errors.mockRestore()
  })

  test('only the messages concerned go back, and their ids go out again', async () => {
    const { storeCallbacks } = await import('../../functions/store-callbacks.ts')
    const { openCallsTable } = await import('../../shared/calls-table.ts')
    const { openCallRecordsTopic } = await import('../../shared/call-records-topic.ts')
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const good = openCallsTable(await aws.ref('Calls'), 90)
    const topic = openCallRecordsTopic(await aws.ref('CallRecords'))
    const messages = [
      message(forCall(cdr({}), 'refused')),
      message({ eventType: 'answer' }),
      message({ eventType: 'fee' }),
    ]
    const all = messages.slice(0, 2).map(({ messageId }) => ({ itemIdentifier: messageId }))

    const noTable = openCallsTable('no-such-table', 90)
    const gone = await storeCallbacks(messages, noTable, topic, { ...settings, publish: 'ended' }, count)
    expect(gone.batchItemFailures).toEqual(expect.arrayContaining(all))
    expect(gone.batchItemFailures).toHaveLength(2)
    expect(count.mock.lastCall).toEqual([{ 'accepted.voice-call.valid': 1, returned: 2 }])
    expect(await drain(aws.sqs, queue)).toEqual([])

    const noTopic = openCallRecordsTopic('arn:aws:sns:eu-west-1:000000000000:no-such-topic')
    expect(await storeCallbacks(messages, good, noTopic, { ...settings, publish: 'ended' }, count)).toEqual({
      batchItemFailures: all.slice(0, 1),
    })
    expect(await storeCallbacks(messages, good, topic, { ...settings, publish: 'ended' }, count)).toEqual(none)
    expect(toRecords(await drain(aws.sqs, queue))).toMatchObject([{ id: 'voice-call/refused#1.1' }])

    expect(errors.mock.calls.flat().sort()).toEqual([
      expect.stringMatching(/^Cannot publish calls [\w-]{16}: NotFoundException$/),
      'Cannot quarantine a record: ResourceNotFoundException',
      expect.stringMatching(/^Cannot store call [\w-]{16}: ResourceNotFoundException$/),
    ])
    errors.mockRestore()
  })
})
