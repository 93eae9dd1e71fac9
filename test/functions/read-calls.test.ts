import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../shared/call-record.ts'
import type { CallView } from '../../shared/call-view.ts'
import { openCallsReader, openCallsTable } from '../../shared/calls-table.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { JsonObject } from '../../shared/json.ts'
import { splitVoiceCall } from '../../shared/voice-call.ts'
import { startAws } from '../aws.ts'
import { cdr, forCall, readFixture, settings, status } from '../shared/messages.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let read: (request: Partial<APIGatewayProxyEventV2>) => Promise<{ statusCode: number | undefined; body: string }>
let add: (message: JsonObject, receivedAt?: string) => Promise<void>

beforeAll(async () => {
  aws = await startAws()
  const { readCalls } = await import('../../functions/read-calls.ts')
  const reader = openCallsReader(await aws.ref('Calls'))
  const table = openCallsTable(await aws.ref('Calls'), 90)
  read = async (request) => {
    const event = request as APIGatewayProxyEventV2
    const { statusCode, body = '' } = await readCalls(event, reader, settings, new Date('2026-01-27T23:59:59Z'))
    return { statusCode, body }
  }
  add = async (message, receivedAt = '2026-01-27T10:00:00.000Z') => {
    for (const { callId, fact } of splitVoiceCall(JSON.stringify(message)).found)
      await table.addFacts(callId, [fact], foldCall(callId, [fact], settings), receivedAt)
  }
})
afterAll(() => aws.stop())

const one = (id: string, source = 'voice-call') => read({ pathParameters: { source, id } })
const page = async (queryStringParameters: Record<string, string>): Promise<{ calls: CallRecord[]; cursor?: string }> =>
  JSON.parse((await read({ queryStringParameters })).body)

describe('one call', () => {
  test('is its record as it now stands, with all that was received in the order in which it happened', async () => {
    const messages = [
      ...(await readFixture('call-back-status-sequence-answered')),
      ...(await readFixture('call-back-cdr-answered')),
    ]
    const sent = messages.map((message) => forCall(message, '1201_601@host/1+2'))
    for (const message of sent.toReversed()) await add(message)
    const { statusCode, body } = await one('1201_601@host/1+2')
    expect(statusCode).toBe(200)
    const found: CallView = JSON.parse(body)
    expect(found).toMatchObject({
      callId: 'voice-call/1201_601@host/1+2',
      revision: 8,
      talkSeconds: 11,
      userData: 'customerId001',
    })
    expect(found.events.map(({ received }) => received)).toEqual(sent)
    expect(found.events[0]).toMatchObject({ event: 'callout', at: '2019-01-24T03:04:24.000Z' })
    expect(found.events.at(-1)).toMatchObject({ event: 'cdr', at: '2019-01-24T03:04:49.000Z' })
  })

  test('is found by its id percent-encoded once more, and by an id that holds an escape', async () => {
    await add(forCall(cdr({}), 'a/b+c@d'))
    await add(forCall(cdr({}), '100%25'))
    expect(await one('a%2Fb%2Bc%40d')).toMatchObject({ statusCode: 200 })
    expect(JSON.parse((await one('100%25')).body)).toMatchObject({ callId: 'voice-call/100%25' })
  })

  test('an event without a time has none', async () => {
    await add(forCall(status('unheardOf', 'never'), 'timeless'))
    expect(JSON.parse((await one('timeless')).body).events).toEqual([
      {
        event: 'unheardOf',
        received: { eventType: 'unheardOf', statusInfo: { sessionId: 'timeless', timestamp: '2026-01-27 never' } },
      },
    ])
  })

  test('that is not known is 404', async () => {
    const wanted = {
      statusCode: 404,
      body: '{"code":"not-found","message":"Cannot find the call: found none with this id"}',
    }
    for (const [id, source] of [
      ['x'],
      ['%'],
      ['x'.repeat(3000)],
      ['x', 'aicc'],
      ['x', 'quarantined'],
      ['x', '__proto__'],
    ] as const)
      expect(await one(id, source)).toEqual(wanted)
  })
})

describe('a day', () => {
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`)

  test('lists ended calls by their end and open ones by their receipt, page by page, each once', async () => {
    for (const id of ids('ended', 60))
      await add(forCall(cdr({ callEndTime: '2020-05-05 23:59:59' }), id), '2020-05-07T00:00:00.000Z')
    for (const id of ids('open', 30)) await add(forCall(status('answer', '10:00:00'), id), '2020-05-05T00:00:00.000Z')
    await add(forCall(cdr({ callEndTime: '2020-05-06 00:00:00' }), 'next day'), '2020-05-05T00:00:00.000Z')
    await add(forCall(status('answer', '10:00:00'), 'day before'), '2020-05-04T23:59:59.999Z')
    for (const limit of ['7', '50']) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const { calls, cursor: next } = await page({ day: '2020-05-05', limit, ...(cursor && { cursor }) })
        expect(calls.length).toBeLessThanOrEqual(Number(limit))
        seen.push(...calls.map(({ callId }) => callId))
        cursor = next
      } while (cursor)
      expect(seen.sort()).toEqual([...ids('ended', 60), ...ids('open', 30)].map((id) => `voice-call/${id}`).sort())
    }
  })

  test('a call that ends while its day is being listed is not skipped', async () => {
    const open = ids('moving', 20)
    for (const id of open) await add(forCall(status('answer', '10:00:00'), id), '2020-06-06T00:00:00.000Z')
    const first = await page({ day: '2020-06-06', limit: '5' })
    for (const id of open) await add(forCall(cdr({ callEndTime: '2020-06-06 10:00:00' }), id))
    const seen = first.calls.map(({ callId }) => callId)
    let { cursor } = first
    while (cursor) {
      const next = await page({ cursor })
      seen.push(...next.calls.map(({ callId }) => callId))
      cursor = next.cursor
    }
    expect([...new Set(seen)].sort()).toEqual(open.map((id) => `voice-call/${id}`).sort())
  })

  test('is today unless another is asked for, and may be empty', async () => {
    await add(forCall(cdr({ callEndTime: '2026-01-27 00:00:00' }), 'today'))
    expect((await page({})).calls.map(({ callId }) => callId)).toContain('voice-call/today')
    expect(await page({ day: '1999-01-01' })).toEqual({ calls: [] })
  })

  test('asked for wrongly is 400', async () => {
    const elsewhere = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const after = { listedAt: '2020-05-05T00:00:00.000Z', id: 'x' }
    const cases: readonly [Record<string, string>, string][] = [
      [{ day: '2020-5-5' }, 'day, wanted a UTC day, yyyy-MM-dd'],
      [{ day: '2020-13-01' }, 'day, wanted a UTC day, yyyy-MM-dd'],
      [{ limit: '0' }, 'limit, wanted 1 to 50'],
      [{ limit: '51' }, 'limit, wanted 1 to 50'],
      [{ limit: 'all' }, 'limit, wanted 1 to 50'],
      ...[
        'x',
        elsewhere([]),
        elsewhere({ day: 7 }),
        elsewhere({ day: '2020-05-05', partition: 24 }),
        elsewhere({ day: '2020-05-05', partition: 0, after: { ...after, id: '' } }),
        elsewhere({ day: '2020-05-06', partition: 0, after }),
      ].map((cursor): [Record<string, string>, string] => [
        { cursor },
        'cursor, wanted the cursor of the page before, for the same day',
      ]),
      [
        { day: '2020-05-06', cursor: elsewhere({ day: '2020-05-05', partition: 0 }) },
        'cursor, wanted the cursor of the page before, for the same day',
      ],
    ]
    for (const [queryStringParameters, wanted] of cases) {
      const { statusCode, body } = await read({ queryStringParameters })
      expect([statusCode, JSON.parse(body)]).toEqual([
        400,
        { code: 'bad-request', message: `Cannot list calls: found another value for ${wanted}` },
      ])
    }
  })
})

test('a parameter that a listing does not know is 400', async () => {
  expect(await read({ queryStringParameters: { dya: '2020-05-05' } })).toEqual({
    statusCode: 400,
    body: '{"code":"bad-request","message":"Cannot list calls: found another parameter, wanted day, limit or cursor"}',
  })
})

test('a table that is not there is an error for AWS to count', async () => {
  const { readCalls } = await import('../../functions/read-calls.ts')
  const request = { pathParameters: { source: 'voice-call', id: 'x' } } as unknown as APIGatewayProxyEventV2
  await expect(readCalls(request, openCallsReader('no-such-table'), settings, new Date())).rejects.toThrow(
    expect.objectContaining({ name: 'ResourceNotFoundException' }),
  )
})
