import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { Message } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { sweep } from '../../functions/sweep.ts'
import { toSqsRecord } from '../../local/event-source.ts'
import type { Callback } from '../../shared/callback.ts'
import type { CallbacksQueue } from '../../shared/callbacks-queue.ts'
import type { CallsReader } from '../../shared/calls-table.ts'
import type { HeldCallbacks } from '../../shared/held-callbacks.ts'
import type { JsonObject } from '../../shared/json.ts'
import { drain, startAws, toRecords } from '../aws.ts'
import { cdr, forCall, settings, status } from '../shared/messages.ts'
import { sqsRecord } from '../sqs-record.ts'

vi.hoisted(() => {
  // The functions open what the environment names when they are imported; these tests open their own.
  Object.assign(process.env, {
    CALLS_TABLE: 'x',
    CALLBACKS_QUEUE_URL: 'x',
    DEAD_LETTERS_URL: 'x',
    AICC_UTC_OFFSET: '+00:00',
    EDITION: '0',
    WORKER_CONCURRENCY: '5',
  })
  Object.assign(process.env, { CALL_RECORDS_TOPIC_ARN: 'x', RETENTION_DAYS: '90', PUBLISH: 'ended', AWS_REGION: 'x' })
})

let aws: Awaited<ReturnType<typeof startAws>>
let held: HeldCallbacks
let reader: CallsReader
let queue: CallbacksQueue
let callbacks: string
let records: string
let store: (messages: readonly SQSRecord[]) => Promise<unknown>
const errors = vi.spyOn(console, 'error')

beforeAll(async () => {
  aws = await startAws()
  callbacks = await aws.ref('Callbacks')
  records = await aws.ref('CallRecordsQueue')
  const [{ openHeldCallbacks }, { openCallsReader, openCallsTable }, { openCallbacksQueue }] = await Promise.all([
    import('../../shared/held-callbacks.ts'),
    import('../../shared/calls-table.ts'),
    import('../../shared/callbacks-queue.ts'),
  ])
  const { openCallRecordsTopic } = await import('../../shared/call-records-topic.ts')
  const { storeCallbacks } = await import('../../functions/store-callbacks.ts')
  const name = await aws.ref('Calls')
  held = openHeldCallbacks(name)
  reader = openCallsReader(name)
  queue = openCallbacksQueue(callbacks)
  const [table, topic] = [openCallsTable(name, 90), openCallRecordsTopic(await aws.ref('CallRecords'))]
  store = (messages) => storeCallbacks(messages, table, topic, settings, () => undefined)
})
afterAll(() => aws.stop())
beforeEach(async () => {
  errors.mockReset().mockReturnValue(undefined)
  await drain(aws.sqs, callbacks)
  await drain(aws.sqs, records)
})

const hour = 3_600_000
/** Calls are heard of while these tests run. */
const start = Math.floor(Date.now() / 1000) * 1000
const at = (hours: number) => new Date(start + hours * hour)
const counted: unknown[] = []
const run = (now: Date, others: { held?: HeldCallbacks; queue?: CallbacksQueue } = {}) => {
  counted.length = 0
  return sweep(others.held ?? held, reader, others.queue ?? queue, settings, (counts) => counted.push(counts), now)
}

const callback = (n: number): Callback => ({
  body: JSON.stringify({ eventType: 'answer', statusInfo: { sessionId: `held-${n}` } }),
  source: n % 2 ? 'aicc' : 'voice-call',
  verdict: 'stale',
  receivedAt: new Date(start + n).toISOString(),
})
const toCallback = ({ Body = '', MessageAttributes: attributes = {} }: Message) => ({
  body: Body,
  source: attributes.source?.StringValue,
  verdict: attributes.verdict?.StringValue,
  receivedAt: attributes.receivedAt?.StringValue,
})

describe('held callbacks', () => {
  test('are queued as they came in and removed', async () => {
    const all = Array.from({ length: 60 }, (_, n) => callback(n))
    await Promise.all(all.map((one) => held.hold(one, 5000)))
    await held.hold(callback(0), 5000)
    await run(at(1))
    const queued = (await drain(aws.sqs, callbacks)).map(toCallback)
    expect(queued).toHaveLength(60)
    expect(queued).toEqual(expect.arrayContaining(all))
    const none = { held: 0, heldOldestSeconds: 0, missing: 0, missingOldestSeconds: 0 }
    expect(counted).toEqual([{ ...none, searchesPutOff: 1 }])
    await run(at(1))
    expect(await drain(aws.sqs, callbacks)).toEqual([])
    expect(errors).not.toHaveBeenCalled()
  })

  test('stay while the queue refuses, and it is not asked for all', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => held.hold(callback(n), 5000)))
    const enqueue = vi.fn(() => Promise.reject(new Error('down')))
    await run(at(1), { queue: { ...queue, enqueue } })
    expect(enqueue).toHaveBeenCalledTimes(25)
    const waiting = { held: 40, heldOldestSeconds: 3600, missing: 0, missingOldestSeconds: 0 }
    expect(counted).toEqual([{ ...waiting, searchesPutOff: 1 }])
    expect(errors.mock.calls).toEqual(Array(25).fill(['Cannot queue a held callback: Error']))
    await run(at(1))
    expect(await drain(aws.sqs, callbacks)).toHaveLength(40)
  })

  test('that the queue will never take keep nothing else from going on', async () => {
    await Promise.all([1, 2, 3].map((n) => held.hold(callback(n), 5000)))
    const poison = Object.assign(new Error('secret'), { name: 'InvalidParameterValue' })
    const enqueue = vi.fn((one: Callback, patience: number) =>
      one.body.includes('sessionId') && one.body.includes('held-1')
        ? Promise.reject(poison)
        : queue.enqueue(one, patience),
    )
    await run(at(1), { queue: { ...queue, enqueue } })
    expect((await held.get(await held.list(100))).map(({ callback: { body } }) => body)).toEqual([callback(1).body])
    expect(await drain(aws.sqs, callbacks)).toHaveLength(2)
    expect(errors.mock.calls).toEqual([['Cannot queue a held callback: InvalidParameterValue']])
    await held.remove((await held.list(1))[0] ?? '')
  })

  test('that were queued and not removed are queued again, and two sweeps at once lose none', async () => {
    await Promise.all([1, 2, 3].map((n) => held.hold(callback(n), 5000)))
    await run(at(1), { held: { ...held, remove: () => Promise.reject(new Error('down')) } })
    expect((await held.list(100)).length).toBe(3)
    await Promise.all([run(at(1)), run(at(1))])
    expect(await held.list(100)).toEqual([])
    const bodies = (await drain(aws.sqs, callbacks)).map(({ Body }) => Body)
    expect(new Set(bodies).size).toBe(3)
  })
})

describe('a call whose CDR does not come', () => {
  let calls = 0
  /** A call of the given messages, received then. */
  const hear = async (messages: readonly JsonObject[], receivedAt = at(0)) => {
    const id = `missing-${calls++}`
    await send(id, messages, receivedAt)
    return id
  }
  const send = (id: string, messages: readonly JsonObject[], receivedAt: Date) =>
    store(
      messages.map((message) =>
        sqsRecord(String(Math.random()), JSON.stringify(forCall(message, id)), {
          source: 'voice-call',
          receivedAt: receivedAt.toISOString(),
        }),
      ),
    )
  const overdue = async () =>
    (await drain(aws.sqs, callbacks)).flatMap((message) =>
      message.MessageAttributes?.source?.StringValue === 'sweep' ? [message] : [],
    )
  const idsOf = (messages: readonly Message[]) =>
    messages.map(({ Body = '' }) => JSON.parse(Body).callId.replace('voice-call/', '')).sort()
  const listing = async (id: string) => {
    const TableName = await aws.ref('Calls')
    const { Item } = await aws.dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: `voice-call/${id}` } } }))
    return Item?.listing?.S
  }
  const published = async () => {
    const messages = await drain(aws.sqs, records)
    return messages.map((message, n) => ({
      state: message.MessageAttributes?.state?.StringValue,
      id: toRecords(messages)[n]?.id,
      completeness: toRecords(messages)[n]?.completeness,
    }))
  }

  test('is overdue 7 hours after its last status event, a private number 11', async () => {
    const id = await hear([status('callout', '09:59:00'), status('disconnect', '10:00:00', { stateCode: 0 })])
    const ofPrivate = await hear([status('callin', '09:59:00')])
    await hear([status('callout', '09:59:00'), cdr({ callEndTime: '10:00:00' })])
    await run(at(6.9))
    expect(await overdue()).toEqual([])
    await run(at(7.1))
    expect(idsOf(await overdue())).toEqual([id])
    await run(at(10.9))
    expect(idsOf(await overdue())).toEqual([id])
    await run(at(11.1))
    const messages = await overdue()
    expect(idsOf(messages)).toEqual([id, ofPrivate].sort())

    await drain(aws.sqs, records)
    await store(messages.map((message) => toSqsRecord(message, '')))
    expect(await published()).toHaveLength(2)
    await run(at(12))
    expect(await overdue()).toEqual([])
    expect(counted).toEqual([{ held: 0, heldOldestSeconds: 0, missing: 2, missingOldestSeconds: 12 * 3600 }])
  })

  test('is published without it, every later fact makes the next revision, and the CDR takes it off the list', async () => {
    const id = await hear([status('callout', '09:59:00'), status('answer', '10:00:00')])
    await run(at(8))
    const message = (await overdue()).filter((one) => idsOf([one])[0] === id).map((message) => toSqsRecord(message, ''))
    await store(message)
    await store(message)
    expect(await listing(id)).toMatch(/^missing#[0-7]$/)
    const first = { state: 'missing', id: `voice-call/${id}#2.1`, completeness: 'status-only' }
    expect(await published()).toEqual([first, first])

    await send(id, [status('disconnect', '10:01:00')], at(9))
    expect(await listing(id)).toMatch(/^missing#[0-7]$/)
    expect(await published()).toEqual([{ ...first, id: `voice-call/${id}#3.1` }])

    await send(id, [cdr({ callEndTime: '10:01:00' })], at(10))
    expect(await listing(id)).toMatch(/^ended#2026-01-27#[0-7]$/)
    const last = { state: 'ended', id: `voice-call/${id}#4.1`, completeness: 'complete' }
    expect(await published()).toEqual([last])

    await store(message)
    expect(await listing(id)).toMatch(/^ended#/)
    expect(await published()).toEqual([])
    expect(errors).not.toHaveBeenCalled()
  })

  test('is not looked for while callbacks are held or the queue is long, since they may bring the CDR', async () => {
    const id = await hear([status('callout', '09:59:00')])
    await held.hold(callback(1), 5000)
    await run(at(8))
    expect(await overdue()).toEqual([])
    expect(counted).toMatchObject([{ searchesPutOff: 1 }])
    const waiting = (messages: number, deadLetters: number) => ({
      queue: { ...queue, backlog: async () => ({ messages, deadLetters }) },
    })
    // Five workers.
    await run(at(8), waiting(101, 0))
    expect(await overdue()).toEqual([])
    await run(at(8), waiting(0, 21))
    expect(await overdue()).toEqual([])
    expect(counted).toMatchObject([{ searchesPutOff: 1 }])
    await run(at(8), waiting(100, 20))
    expect(counted).not.toMatchObject([{ searchesPutOff: 1 }])
    expect(idsOf(await overdue())).toContain(id)
  })

  test('is looked for although the queue has not taken some callbacks for a day, however many they are', async () => {
    const id = await hear([status('callout', '09:59:00')])
    await Promise.all(Array.from({ length: 30 }, (_, n) => held.hold(callback(n), 5000)))
    const isNever = (one: Callback) => one.source !== 'sweep'
    const enqueue = (one: Callback, patience: number) =>
      isNever(one) ? Promise.reject(new Error('never')) : queue.enqueue(one, patience)
    const refusing = { queue: { ...queue, enqueue } }
    await run(at(23), refusing)
    expect(idsOf(await overdue())).not.toContain(id)
    await run(at(25), refusing)
    expect(idsOf(await overdue())).toContain(id)
    expect(await held.list(100)).toHaveLength(30)
    await run(at(25))
    expect(await held.list(100)).toEqual([])
  })

  test('that is gone meanwhile stays gone, and nonsense is quarantined', async () => {
    const toMessage = (body: string) => sqsRecord(body, body, { source: 'sweep' })
    expect(await store(['{"callId":"voice-call/gone"}', '{"callId":""}', '{}', '['].map(toMessage))).toEqual({
      batchItemFailures: [],
    })
    expect(await listing('gone')).toBeUndefined()
    expect((await reader.countListed('quarantined')).count).toBe(3)
  })
})
