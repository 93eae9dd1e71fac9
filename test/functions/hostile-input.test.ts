import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { toItemSize } from '../../bench/cost/write-units.ts'
import { createHttpApi } from '../../local/http-api.ts'
import { makeResources } from '../../local/resources.ts'
import { answer } from '../../shared/answer.ts'
import { type CallRecord, toCallRecord } from '../../shared/call-record.ts'
import { parseCallsQuery, toCallIds, toCallView, toCursorText } from '../../shared/call-view.ts'
import { hash } from '../../shared/fact.ts'
import { foldCall } from '../../shared/fold-call.ts'
import { groupBy } from '../../shared/group-by.ts'
import { openHeldCallbacks } from '../../shared/held-callbacks.ts'
import { isObject, type Json, type JsonObject } from '../../shared/json.ts'
import { SenderError } from '../../shared/sender-error.ts'
import { isSource, sources } from '../../shared/source.ts'
import { toBatch } from '../../shared/store-facts.ts'
import { getItems, type Item, openTable, putItem, type Table } from '../../shared/table.ts'
import { drain, startAws } from '../aws.ts'
import { runs } from '../random.ts'
import { cdr, forCall, settings, status } from '../shared/messages.ts'
import { aksk, akskHeader } from '../shared/signatures.ts'
import { sqsRecord } from '../sqs-record.ts'

type Answer = Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'body'>
type Handle = (event: Partial<APIGatewayProxyEventV2>) => Promise<Answer>

const token = 'aTokenOfMyOwn-2026'
const routes = ['status', 'cdr', 'hangup'] as const
type Route = (typeof routes)[number]

let aws: Awaited<ReturnType<typeof startAws>>
let callbacks: string
let published: string
let table: Table
let url: string
let server: ReturnType<typeof createHttpApi>
let open: Record<Route, Handle>
let enforcing: Record<Route, Handle>
let withToken: Record<Route, Handle>
let read: Handle
let work: (messages: readonly SQSRecord[]) => Promise<unknown>

beforeAll(async () => {
  const secrets = new Map([
    ['/hostile/tokens', JSON.stringify([token])],
    ['/hostile/voice-call', JSON.stringify({ urls: [aksk.url], apps: { [aksk.app]: [aksk.secret] } })],
    ['/hostile/aicc', JSON.stringify(['0123456789abcdef'])],
  ])
  aws = await startAws(secrets)
  callbacks = await aws.ref('Callbacks')
  // Every revision, so that what is published can be held against what is read.
  process.env.PUBLISH = 'every-revision'
  const resolve = await makeResources(
    {
      All: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'hostile-all' } },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: await aws.ref('CallRecords'),
          Protocol: 'sqs',
          Endpoint: { 'Fn::GetAtt': ['All', 'Arn'] },
          RawMessageDelivery: true,
        },
      },
    },
    aws,
  )
  published = String(await resolve({ Ref: 'All' }))
  table = openTable(await aws.ref('Calls'))

  open = await openReceivers({})
  enforcing = await openReceivers({ SIGNATURE_POLICY: 'enforce' })
  withToken = await openReceivers({ TOKENS_PARAMETER: '/hostile/tokens' })
  const reader = await import('../../functions/read-calls.ts')
  read = (event) => reader.handler(event as APIGatewayProxyEventV2, context, () => undefined) as Promise<Answer>
  const worker = await import('../../functions/store-callbacks.ts')
  work = async (messages) => worker.handler({ Records: [...messages] }, context, () => undefined)

  server = createHttpApi(
    [
      ...routes.map((name) => ({ method: 'POST', path: `/${name}`, handler: open[name] })),
      { method: 'GET', path: '/calls', handler: read },
      { method: 'GET', path: '/calls/{source}/{id+}', handler: read },
    ],
    () => ({}),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await aws.stop()
})

const context = {} as Parameters<typeof import('../../functions/read-calls.ts').handler>[1]

/** The three functions as another deployment would have them. */
const openReceivers = async (env: Record<string, string>): Promise<Record<Route, Handle>> => {
  const openOne = async (name: Route): Promise<Handle> => {
    vi.resetModules()
    for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value)
    vi.stubEnv('SIGNATURE_PARAMETER', name === 'hangup' ? '/hostile/aicc' : '/hostile/voice-call')
    const { handler } = await import(`../../functions/receive-${name}.ts`)
    vi.unstubAllEnvs()
    return (event) => handler({ headers: {}, isBase64Encoded: false, ...event }, context)
  }
  return { status: await openOne('status'), cdr: await openOne('cdr'), hangup: await openOne('hangup') }
}

// ---- What is sent

const unit16 = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

/** Names that objects have anyway, ends of lists, halves of characters, characters that queues and parsers dislike. */
const oddTexts = [
  ...['', ' ', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'toJSON', 'null', 'NaN', '-0', '1e999', '%'],
  ...['\uFFFE', '\uFFFF', '\uD800', '\uDFFF\uD800', '\u0000', '\u2028', '\uFEFF', '😀', '%00', '../x', 'a/b', '#1.1'],
  ...['键'.repeat(256), 'x'.repeat(1025), '\u0001'.repeat(256), '"\\'.repeat(100), '9'.repeat(400)],
]
const text = fc.oneof(fc.string({ unit: unit16 }), fc.string(), fc.constantFrom(...oddTexts))
const key = fc.oneof(fc.constantFrom('__proto__', 'toJSON', 'constructor', 'length', '', '\uFFFE', '\uD800'), text)

/** A member that stands for JSON which `JSON.stringify` does not write: `@…@`, see `toJson`. */
const rawJson = ['1e999', '-1e999', '1e20', '-0', '0.1e-400', '123456789012345678901234567890', '9007199254740993']
const raw = fc.oneof(
  fc.constantFrom(...rawJson.map((number) => `@${number}@`)),
  fc.constantFrom(...[61, 62, 63, 64, 65, 300, 1000].flatMap((levels) => [`@[${levels}@`, `@{${levels}@`])),
)

/** JSON text of any look: raw members in their places, `\u` escapes or blanks. */
const toJson = (value: Json, look: 'plain' | 'escaped' | 'spaced' = 'plain'): string => {
  const json = JSON.stringify(value, undefined, look === 'spaced' ? '\t' : undefined)
  const whole = json.replaceAll(/"@([[{]?)([-\de.]+)@"/g, (_, kind: string, number: string) => {
    if (kind === '[') return '['.repeat(Number(number)) + ']'.repeat(Number(number))
    if (kind === '{') return `${'{"":'.repeat(Number(number))}0${'}'.repeat(Number(number))}`
    return number
  })
  if (look !== 'escaped') return whole
  return whole.replaceAll(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
const time = fc.oneof(
  fc
    .tuple(fc.constantFrom('2026-01-27', '2026/01/27', '0000-01-01', '9999/12/31'), fc.nat({ max: 59 }))
    .map(([day, second]) => {
      const [s, end] = [String(second).padStart(2, '0'), day.includes('/') ? ':123' : '']
      return `${day}${end ? ',' : ' '}10:00:${s}${end}`
    }),
  fc.constantFrom('2026-02-30 10:00:00', '2026-01-27  24:00:00', '+012026-01-01 00:00:00', ' '.repeat(2000)),
)
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat({ max: 600 }))
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: time },
  { weight: 3, arbitrary: number },
  { weight: 2, arbitrary: text },
  { weight: 1, arbitrary: raw },
  { weight: 2, arbitrary: json },
  { weight: 2, arbitrary: fc.constantFrom('001', '002', '003', '+8613800000021', '', null) },
)
const known = [
  ...['timestamp', 'caller', 'called', 'stateCode', 'stateDesc', 'digitInfo', 'partyType', 'userData', 'appKey'],
  ...['callOutStartTime', 'callOutAlertingTime', 'callOutAnswerTime', 'fwdStartTime', 'fwdAlertingTime'],
  ...['fwdAnswerTime', 'callEndTime', 'callInTime', 'failTime', 'serviceType', 'direction', 'fwdDstNum', 'calleeNum'],
  ...['callOutUnaswRsn', 'fwdUnaswRsn', 'sipStatusCode', 'ulFailReason', 'dynIVRPath', 'recordObjectName'],
]
const knownOfAicc = [
  ...['createCallTime', 'alertingTime', 'talkingTime', 'releaseTime', 'releaseReason', 'called', 'callerPresent'],
  ...['recordfile', 'timestamp', 'nonce', 'signature', 'caller'],
]
/** `__proto__` as a key like any other, as a parser makes it. */
const fields = (names: readonly string[]): fc.Arbitrary<JsonObject> =>
  fc
    .array(
      fc.tuple(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: key }), value),
    )
    .map((members) => Object.fromEntries(members))

const eventType = fc.oneof(
  fc.constantFrom('callin', 'callout', 'alerting', 'answer', 'collectInfo', 'disconnect'),
  fc.constantFrom('cdr', 'hangup', 'event', 'constructor', 'toString', '__proto__', 'x'.repeat(33)),
  text.filter((name) => name !== '' && name !== 'fee'),
)
/** Of any length and character, and often one of a few, so that calls have many facts. */
const sessionId: fc.Arbitrary<Json> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b', '__proto__', 'a/b#c', '100%25', '\u0000\uFFFE', '😀', '7') },
  { weight: 2, arbitrary: text },
  { weight: 2, arbitrary: fc.string({ unit: unit16, minLength: 250, maxLength: 260 }) },
  { weight: 1, arbitrary: fc.constantFrom('键'.repeat(256), 'x'.repeat(257), 'x'.repeat(3000), '@1e999@', '@{65@') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom(7, 2 ** 53, -1, 1.5, null, false), json) },
)
const callSerialNo: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1197765398201387012', '1', 'constructor') },
  { weight: 1, arbitrary: sessionId },
)
const voiceCall: fc.Arbitrary<JsonObject> = fc.oneof(
  fc
    .tuple(fields(['x', 'feeLst']), eventType, fields(known), sessionId)
    .map(([around, eventType, event, sessionId]) => ({ ...around, eventType, statusInfo: { ...event, sessionId } })),
  fc
    .tuple(fc.oneof(fc.constant({}), fields(['x', 'statusInfo'])), fc.array(fc.tuple(fields(known), sessionId)))
    .map(([around, records]) => ({
      ...around,
      eventType: 'fee',
      feeLst: records.map(([record, sessionId]) => ({ ...record, sessionId })),
    })),
  fc.tuple(eventType, value).map(([eventType, statusInfo]) => ({ eventType, statusInfo })),
  fc.tuple(value, fields(['x'])).map(([feeLst, around]) => ({ ...around, eventType: 'fee', feeLst })),
  fc.array(value).map((feeLst) => ({ eventType: 'fee', feeLst })),
)
const hangUp: fc.Arbitrary<JsonObject> = fc
  .tuple(fields(knownOfAicc), callSerialNo)
  .map(([record, callSerialNo]) => ({ ...record, callSerialNo }))
const message = fc.oneof(
  { weight: 4, arbitrary: voiceCall },
  { weight: 2, arbitrary: hangUp },
  { weight: 1, arbitrary: fields(['eventType', 'callSerialNo', 'statusInfo', 'feeLst']) },
)
const body = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(message, fc.constantFrom('plain', 'escaped', 'spaced'))
      .map(([value, look]) => toJson(value, look as 'plain')),
  },
  { weight: 1, arbitrary: fc.oneof(value, json).map((value) => toJson(value)) },
  { weight: 1, arbitrary: text },
)
/** Bytes: those of a body, those of one with some of them altered, any. */
const bytes = fc.oneof(
  { weight: 6, arbitrary: body.map((text) => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: fc.tuple(body, fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([text, at, bytes]) => {
      const sent = Buffer.from(text)
      sent.set(bytes.slice(0, sent.length), at % Math.max(1, sent.length - bytes.length))
      return sent
    }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
)

const tryJson = (text: string): Json | undefined => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// ---- The routes that callbacks come to

/** What a route has to answer, told apart from the code that it runs. */
const statusOf = (route: Route, sent: Buffer): number => {
  if (sent.length > 262_144) return 413
  const text = sent.toString().replace(/^\uFEFF/, '')
  const found = Buffer.from(text).equals(sent) || sent.toString().startsWith('\uFEFF') ? tryJson(text) : undefined
  if (!Buffer.from(sent.toString()).equals(sent) || !isObject(found)) return 400
  const { eventType, callSerialNo } = found
  const isOurs =
    route === 'hangup'
      ? eventType === undefined && typeof callSerialNo === 'string' && /^[A-Za-z0-9-]{1,50}$/.test(callSerialNo)
      : typeof eventType === 'string' && eventType !== ''
  if (!isOurs) return 400
  return sent.length + 3 * (text.match(/[\uFFFE\uFFFF]/g)?.length ?? 0) > 262_144 ? 413 : 200
}

/** Bodies that were queued since the last time; the queue takes whatever it is given. */
const takeKept = async (): Promise<readonly string[]> => {
  expect(await openHeldCallbacks(table.name).list(100)).toEqual([])
  return (await drain(aws.sqs, callbacks)).map(({ Body = '' }) => Body)
}

const post = async (route: Route, sent: Buffer, header: string): Promise<Answer> => {
  const response = await fetch(`${url}/${route}`, { method: 'POST', body: sent, headers: { 'x-aksk': header } })
  return { statusCode: response.status, body: await response.text() }
}

const expectAnswer = async (route: Route, sent: Buffer, answer: Answer) => {
  expect(answer.statusCode).toBe(statusOf(route, sent))
  expect(isObject(tryJson(answer.body ?? ''))).toBe(true)
  const kept = await takeKept()
  expect(kept).toHaveLength(answer.statusCode === 200 ? 1 : 0)
  const text = sent.toString().replace(/^\uFEFF/, '')
  // What a comparison would be too deep for comes as it was sent.
  for (const one of kept) expect(one === text || isDeepStrictEqual(tryJson(one), tryJson(text))).toBe(true)
}

describe('every route', () => {
  beforeEach(async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined)
    await takeKept()
  })

  test('takes a callback as it is or says what is wrong with it, whatever comes', async () => {
    const header = fc.string().map((text) => text.replaceAll(/[^ -~]/g, ''))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        bytes,
        fc.constantFrom('http', 'text', 'base64'),
        header,
        async (route, sent, way, header) => {
          const text = sent.toString()
          // As text, a body is text: bytes that are no UTF-8 come as Base64.
          const isText = way === 'text' && Buffer.from(text).equals(sent)
          const event = isText ? { body: text } : { body: sent.toString('base64'), isBase64Encoded: true }
          await expectAnswer(route, sent, way === 'http' ? await post(route, sent, header) : await open[route](event))
        },
      ),
      runs(150),
    )
  })

  test('takes bodies of the largest size, and refuses those that are larger', async () => {
    for (const [name, text] of largest)
      for (const route of routes) {
        const sent = Buffer.from(text)
        expect(sent.length, name).toBeLessThanOrEqual(262_144 + 1)
        await expectAnswer(route, sent, await post(route, sent, ''))
      }
  })

  test('lets nobody in by any header, body or token under enforce', async () => {
    const near = fc
      .tuple(text, text, fc.constantFrom(aksk.digest2022, aksk.digest2026, 'A'.repeat(43)), text)
      .map(([app, nonce, digest, separator]) =>
        akskHeader({ app, nonce, created: '9999-12-31T23:59:59Z' }, digest, separator),
      )
    const header = fc.oneof(text, near, fc.constant(akskHeader()))
    const name = fc.constantFrom('x-aksk', 'X-AKSK', 'X-Aksk')
    const wanted = JSON.stringify(status('answer', '10:00:00'))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('status', 'cdr'),
        name,
        header,
        fields(known),
        async (route, name, value, others) => {
          const headers = { ...(others as Record<string, string>), [name]: value }
          expect(await enforcing[route]({ body: wanted, headers })).toMatchObject({ statusCode: 401 })
        },
      ),
      runs(300),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), bytes, async (route, sent) => {
        const { statusCode } = await enforcing[route]({ body: sent.toString('base64'), isBase64Encoded: true })
        const isReadable = sent.length <= 262_144 && Buffer.from(sent.toString()).equals(sent)
        expect(statusCode).toBeOneOf(isReadable ? [400, 401] : [400, 413])
        if (statusOf(route, sent) === 200) expect(statusCode).toBe(401)
      }),
      runs(300),
    )
    const wrongToken = fc.oneof(text, fc.constantFrom(undefined, `${token}x`, token.toLowerCase(), ` ${token}`))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), wrongToken, async (route, token) => {
        const pathParameters = token === undefined ? {} : { token }
        expect(await withToken[route]({ body: wanted, pathParameters })).toMatchObject({ statusCode: 404 })
      }),
      runs(200),
    )
    expect(await takeKept()).toEqual([])
    expect(await withToken.cdr({ body: wanted, pathParameters: { token } })).toMatchObject({ statusCode: 200 })
    expect(await takeKept()).toEqual([wanted])
  })
})

const filled = (before: string, unit: string, after: string, bytes = 262_144) => {
  const left = bytes - Buffer.byteLength(before + after)
  return before + unit.repeat(Math.floor(left / Buffer.byteLength(unit))) + after
}
const maximal = (n: number): JsonObject => ({
  sessionId: `${n}`.padEnd(256, '键'),
  ...Object.fromEntries(known.filter((name) => !/Time$/.test(name)).map((name) => [name, `"\uFFFE${n}`.repeat(18)])),
  ...Object.fromEntries(known.filter((name) => /Time$/.test(name)).map((name) => [name, '2026-01-27 10:00:00'])),
})
/** About the largest that there can be, each with what is special about it. */
const largest: readonly (readonly [name: string, text: string])[] = [
  ['one text', filled('{"eventType":"', 'x', '"}')],
  ['one byte more', filled('{"eventType":"', 'x', '"}', 262_145)],
  ['characters to be escaped', filled('{"eventType":"', '\uFFFE', '"}')],
  [
    'half of it to be escaped',
    filled('{"eventType":"answer","statusInfo":{"sessionId":"m","a":"', '\uFFFE', '"}}', 131_000),
  ],
  ['control characters', filled('{"eventType":"answer","statusInfo":{"sessionId":"m","a":"', '\\u0000', '"}}')],
  [
    '50 maximal records',
    JSON.stringify({ eventType: 'fee', feeLst: Array.from({ length: 50 }, (_, n) => maximal(n)) }),
  ],
  ['numbers that grow', filled('{"eventType":"answer","statusInfo":{"sessionId":"m","a":[0', ',1e20', ']}}')],
  ['a CDR of numbers that grow', filled('{"eventType":"fee","feeLst":[{"sessionId":"m","a":[0', ',1e20', ']}]}')],
  ['arrays in arrays', filled('{"eventType":"answer","statusInfo":', '[', '')],
  ['closed arrays', `{"eventType":"answer","statusInfo":${'['.repeat(130_000)}${']'.repeat(130_000)}}`],
  [
    'a deep record',
    `{"eventType":"fee","feeLst":[{"sessionId":"m","a":${'['.repeat(130_000)}${']'.repeat(130_000)}}]}`,
  ],
  [
    'hundreds of deep records',
    `{"eventType":"fee","feeLst":[${Array(499)
      .fill(`{"sessionId":"m","a":${'['.repeat(245)}${']'.repeat(245)}}`)
      .join()}]}`,
  ],
  [
    'a deep envelope',
    `{"eventType":"fee","e":${'['.repeat(65)}${']'.repeat(65)},"feeLst":[${Array(400).fill('{"sessionId":"m"}').join()}]}`,
  ],
  [
    'an envelope for each',
    filled('{"eventType":"fee","feeLst":[{"sessionId":"m"},{"sessionId":"n"},{},7],"e":"', 'x', '"}'),
  ],
  ['nothing but records', filled('{"eventType":"fee","feeLst":[0', ',0', ']}')],
  ['many members', `{"callSerialNo":"1",${Array.from({ length: 20_000 }, (_, n) => `"${n}":0`).join()}}`],
]

// ---- The worker

let sent = 0
const toMessage = (body: string, source: string, verdict = 'valid', receivedAt?: string): SQSRecord =>
  sqsRecord(String(sent++), body, { source, verdict, receivedAt })

/** How many records a message holds, told apart from the code that splits it; what cannot be split is one. */
const countRecords = ({ body, messageAttributes }: SQSRecord): number => {
  const found = tryJson(body)
  const [source] = (messageAttributes.source?.stringValue ?? '').split('/')
  if (source !== 'voice-call' || !isObject(found) || found.eventType !== 'fee') return 1
  const { eventType: _, feeLst, ...around } = found
  const count = Array.isArray(feeLst) ? feeLst.length : (feeLst ?? undefined) === undefined ? 0 : 1
  const isBare = count === 0 && Object.keys(around).length === 0
  const isTooMuch =
    count > 500 || (count > 1 && count * body.length > 8 * 1024 * 1024 && Object.keys(around).length > 0)
  return isBare ? 0 : count === 0 || isTooMuch ? 1 : count
}

/** Contents by the id of a record, and the last revision of each call, of all that this file publishes. */
const contents = new Map<string, string>()
const revisions = new Map<string, number>()

const takePublished = async (): Promise<ReadonlyMap<string, CallRecord>> => {
  const last = new Map<string, CallRecord>()
  for (const { Body = '' } of await drain(aws.sqs, published)) {
    expect(Body).not.toMatch(/[\uFFFE\uFFFF]/)
    const record: CallRecord = JSON.parse(Body)
    expect(contents.get(record.id) ?? Body).toBe(Body)
    expect(record.revision).toBeGreaterThanOrEqual(revisions.get(record.callId) ?? 1)
    contents.set(record.id, Body)
    revisions.set(record.callId, record.revision)
    last.set(record.callId, record)
  }
  return last
}

const quarantineId = (source: string, pointer: string, body: string) =>
  `quarantined/${hash(`${source}\n${pointer}\n${body}`)}`

const isAddressable = (callId: string) => callId.isWellFormed() && /^[^/]+\/./s.test(callId)

/** Delivers a batch and holds the table, the topic and `GET /calls` against what it brought. */
const deliver = async (messages: readonly SQSRecord[]): Promise<readonly Item[]> => {
  expect(await work(messages)).toEqual({ batchItemFailures: [] })
  const { calls, rejected, overdue } = toBatch(messages)
  for (const one of messages) {
    const alone = toBatch([one])
    const facts = alone.calls.flatMap(({ facts }) => facts)
    expect(facts.length + alone.rejected.length + alone.overdue.length).toBe(countRecords(one))
  }
  const items = await getItems(table, [
    ...calls.map(({ callId }) => callId),
    ...rejected.map(({ callback, error }) => quarantineId(callback.source, error.pointer, callback.body)),
  ])
  const byId = new Map(items.map((item) => [item.id?.S ?? '', item]))
  for (const { callback, error } of rejected)
    expect(byId.get(quarantineId(callback.source, error.pointer, callback.body))).toMatchObject({
      body: { S: callback.body },
      source: { S: callback.source },
      reason: { S: error.code },
    })

  const records = await takePublished()
  for (const { callId, facts } of calls) {
    const item = byId.get(callId)
    const missing = facts.filter(({ fact }) => item?.[fact.name] === undefined)
    const full = await getItems(
      table,
      missing.map(({ callback, body }) => quarantineId(callback.source, '', body())),
    )
    expect(full.map(({ reason }) => reason?.S)).toEqual(full.map(() => 'call-full'))
    expect(full).toHaveLength(new Set(missing.map(({ body }) => body())).size)
    if (item === undefined) continue

    expect(isAddressable(callId)).toBe(true)
    const slash = callId.indexOf('/')
    const event = { pathParameters: { source: callId.slice(0, slash), id: callId.slice(slash + 1) } }
    const answer = await read(event)
    expect(answer.statusCode).toBe(200)
    const { events, ...record } = JSON.parse(answer.body ?? '')
    expect(events).toHaveLength(record.revision)
    // Where nothing of a batch fits its call, there is no new record.
    const latest = records.get(callId)
    if (latest) expect(JSON.stringify(latest)).toBe(JSON.stringify(record))
    else expect(missing).toHaveLength(facts.length)
    // What was received can be had back, field by field.
    const received = new Set(events.map((event: { received: unknown }) => JSON.stringify(sortKeys(event.received))))
    for (const { fact, body } of facts)
      if (item[fact.name]?.S === fact.text) expect(received).toContain(JSON.stringify(sortKeys(tryJson(body()))))
  }
  expect(overdue.length).toBeLessThanOrEqual(messages.length)
  return items
}

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sortKeys(member)]))
}

/** Of the same record in two messages of a batch, any one's verdict and receipt are quarantined last. */
const anyOf: Item = { verdict: { S: '' }, listedAt: { S: '' } }
const lasting = (items: readonly Item[]) =>
  items
    .map(({ quarantinedAt, expiresAt, heardAt, ...item }) => (quarantinedAt ? { ...item, ...anyOf } : item))
    .sort((a, b) => ((a.id?.S ?? '') < (b.id?.S ?? '') ? -1 : 1))

const source = fc.oneof(
  { weight: 5, arbitrary: fc.constant('voice-call') },
  { weight: 2, arbitrary: fc.constant('aicc') },
  { weight: 1, arbitrary: fc.constantFrom('sweep', '__proto__', 'voice-call/', '', 'constructor') },
  { weight: 1, arbitrary: text },
)
const overdueBody = fc
  .oneof(
    fc
      .tuple(fc.constantFrom('voice-call/', 'aicc/', 'quarantined/', ''), sessionId)
      .map(([start, id]) => `${start}${id}`),
    fc.constantFrom(7, null, 'voice-call/\uD800'),
  )
  .map((callId) => JSON.stringify({ callId }))
const verdict = fc.oneof(fc.constantFrom('valid', 'off', 'stale', 'unchecked'), text)
const receivedAt = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(undefined, '2026-01-27T10:00:00.000Z', '2026-01-28T10:00:00.000Z') },
  { weight: 1, arbitrary: fc.oneof(text, fc.constantFrom('2026-02-30T10:00:00.000Z', '+275761-01-01T00:00:00.000Z')) },
)
const workerMessage = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(source, body) },
      {
        weight: 2,
        arbitrary: fc.tuple(
          fc.constant('aicc'),
          hangUp.map((value) => toJson(value)),
        ),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('sweep'), overdueBody) },
    ),
    verdict,
    receivedAt,
  )
  .map(([[source, body], verdict, receivedAt]) => toMessage(body, source, verdict, receivedAt))

describe('the worker', () => {
  beforeEach(async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined)
    await takePublished()
  })

  test('keeps every record of any batch, and the same batch again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(workerMessage, { minLength: 1, maxLength: 10 }), async (messages) => {
        const first = await deliver(messages)
        expect(lasting(await deliver(messages))).toEqual(lasting(first))
      }),
      runs(70),
    )
  })

  test('keeps calls whose ids are like paths, and gives them by their paths', async () => {
    const ids = ['/', 'a/', '/a', '//', 'a/b/', '%2F', ' ']
    await deliver(ids.map((sessionId) => toMessage(JSON.stringify(forCall(cdr({}), sessionId)), 'voice-call')))
    for (const id of ids) {
      const response = await fetch(`${url}/calls/voice-call/${encodeURIComponent(id)}`)
      expect([response.status, await response.json()]).toMatchObject([200, { callId: `voice-call/${id}` }])
    }
  })

  test('comes to the same record in whatever order and batches the messages of a call come', async () => {
    let calls = 0
    const events = fc.array(fc.tuple(eventType, fields(known)), { minLength: 1, maxLength: 8 })
    const cdrs = fc.array(fields(known), { maxLength: 3 })
    const toMessages = (sessionId: string, [events, cdrs]: [[string, JsonObject][], JsonObject[]]) => [
      ...events.map(([eventType, event]) => toJson({ eventType, statusInfo: { ...event, sessionId } })),
      ...cdrs.map((record) => toJson({ eventType: 'fee', feeLst: [{ ...record, sessionId }] })),
    ]
    const shuffled = fc.tuple(events, cdrs).chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray([...Array(facts[0].length + facts[1].length).keys()], {
          minLength: facts[0].length + facts[1].length,
        }),
        fc.nat({ max: 10 }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(shuffled, async ([facts, order, size]) => {
        const finals: unknown[] = []
        for (const isShuffled of [false, true]) {
          const id = `order-${String(calls++).padStart(6, '0')}`
          const inOrder = toMessages(id, facts)
          const texts = isShuffled ? order.flatMap((n) => inOrder[n] ?? []) : inOrder
          const messages = texts.map((body) => toMessage(body, 'voice-call'))
          // In two batches, of which the second brings the end of the first again.
          if (isShuffled) await work(messages.slice(0, size))
          await work(messages.slice(isShuffled ? Math.max(0, size - 1) : 0))
          const { body = '', statusCode } = await read({ pathParameters: { source: 'voice-call', id } })
          finals.push([statusCode, body.replaceAll(id, 'order')])
        }
        expect(finals[1]).toEqual(finals[0])
        await takePublished()
      }),
      runs(40),
    )
  })

  test('takes the largest messages, all of them in one batch', async () => {
    const messages = largest
      .filter(([, text]) => Buffer.byteLength(text) <= 262_144)
      .flatMap(([, text]) => ['voice-call', 'aicc'].map((source) => toMessage(text, source)))
    const began = Date.now()
    for (let n = 0; n < messages.length; n += 10) await deliver(messages.slice(n, n + 10))
    expect(Date.now() - began).toBeLessThan(30_000 * Math.ceil(messages.length / 10))
  })

  test('does not make more of a message than a worker can write', () => {
    for (const [name, text] of largest) {
      const { calls, rejected } = toBatch([toMessage(text, 'voice-call')])
      const kept = new Map(rejected.map(({ callback, error }) => [error.pointer + callback.body, callback.body.length]))
      const stored = calls.flatMap(({ facts }) => facts.map(({ fact }) => fact.text.length))
      expect(
        [...kept.values(), ...stored].reduce((a, b) => a + b, 0),
        name,
      ).toBeLessThan(10 * 1024 * 1024)
    }
  })

  test('takes hundreds of facts of one call in one batch', async () => {
    const records = (from: number) => Array.from({ length: 100 }, (_, n) => ({ sessionId: 'hundreds', n: from + n }))
    const messages = Array.from({ length: 9 }, (_, n) =>
      toMessage(JSON.stringify({ eventType: 'fee', feeLst: records(100 * n) }), 'voice-call'),
    )
    await deliver(messages)
    expect(revisions.get('voice-call/hundreds')).toBe(900)
  })

  test('has no message stuck by what is no time and no id', async () => {
    const bare = '{"eventType":"answer","statusInfo":{"sessionId":"timeless"}}'
    await deliver(['', 'x', '2026-02-30T10:00:00.000Z', '\uD800'].map((at) => toMessage(bare, 'voice-call', 'off', at)))
    const ids = [
      'x'.repeat(2049),
      `voice-call/${'键'.repeat(680)}`,
      'voice-call/\uD800',
      'quarantined/x',
      '__proto__',
      ' ',
    ]
    await deliver(ids.map((callId) => toMessage(JSON.stringify({ callId }), 'sweep')))
  })

  test('has no message stuck by a call that is full to the last byte', async () => {
    const event = (sessionId: string, n: number, size: number) =>
      toMessage(JSON.stringify({ eventType: 'a', statusInfo: { sessionId, n, x: 'x'.repeat(size) } }), 'voice-call')
    const fits = async (sessionId: string, size: number) => {
      await deliver([event(sessionId, 1, 200_000), event(sessionId, 2, size), event(sessionId, 3, 150_000)])
      return revisions.get(`voice-call/${sessionId}`) === 3
    }
    let [size, tooLarge] = [58_000, 60_000]
    while (tooLarge - size > 1) {
      const middle = Math.floor((size + tooLarge) / 2)
      if (await fits(`full-${middle}`, middle)) size = middle
      else tooLarge = middle
    }
    const [id, missing] = [`full-${size}`, toMessage(`{"callId":"voice-call/full-${size}"}`, 'sweep')]
    expect(await fits(id, size)).toBe(true)
    await deliver([missing])
    expect((await getItems(table, [`voice-call/${id}`]))[0]?.listing?.S).toMatch(/^missing#/)
    await deliver([event(id, 4, 0), event(id, 5, 300), missing])
    await deliver([toMessage(`{"eventType":"fee","feeLst":[{"sessionId":"${id}"}]}`, 'voice-call'), missing])
  })

  test('lists a call by its end where its talk time has no room', async () => {
    const id = 'voice-call/nearly-full'
    const [first, last] = [
      cdr({ callEndTime: '2026-01-26 10:00:00' }),
      cdr({ callOutAnswerTime: '09:59:00', callEndTime: '10:00:30' }),
    ].map((message) => toMessage(JSON.stringify(forCall(message, 'nearly-full')), 'voice-call'))
    if (!first || !last) throw new Error('found no messages, wanted two')
    await work([first])
    const [before = {}] = await getItems(table, [id])
    const [fact] = toBatch([last]).calls.flatMap(({ facts }) => facts.map(({ fact }) => fact))
    const name = fact?.name ?? ''
    const room = 400 * 1024 - toItemSize({ ...before, padding: { S: '' }, [name]: { S: fact?.text ?? '' } })
    await putItem(table, { ...before, padding: { S: 'x'.repeat(room - 10) } })
    await work([last])
    const [after = {}] = await getItems(table, [id])
    expect(after.listing?.S).toMatch(/^ended#2026-01-27#/)
    expect([after.listedAt?.S, after.talkSeconds, after.disposition]).toEqual([
      '2026-01-27T10:00:30.000Z',
      undefined,
      undefined,
    ])
    expect(after[name]).toBeDefined()
  })
})

// ---- Reading

const path = fc.oneof(
  text,
  fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
  fc.string({ minLength: 250, maxLength: 3000 }),
)
const cursor = fc.oneof(
  text,
  fc.oneof(value, json).map((value) => Buffer.from(toJson(value)).toString('base64url')),
  fc
    .record({
      day: fc.oneof({ weight: 4, arbitrary: fc.constant('2026-01-27') }, { weight: 1, arbitrary: value }),
      partition: fc.oneof(fc.nat({ max: 25 }), fc.constantFrom(0.5, -1, '0', '__proto__')),
      after: fc.oneof(
        fc.constant(undefined),
        fc.record({
          listedAt: fc.oneof(fc.constant('2026-01-27T10:00:00.000Z'), fc.constant('2026-01-27-------------T'), value),
          id: fc.oneof(text, fc.constantFrom('voice-call/a', 'x'.repeat(2048), 'x'.repeat(2049), '键'.repeat(683))),
        }),
      ),
    })
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
)
const query = fc.oneof(
  cursor.map((cursor) => ({ cursor })),
  fc.dictionary(
    fc.oneof(fc.constantFrom('day', 'limit', 'cursor'), key),
    fc.oneof(text, fc.constantFrom('2026-01-27', '1', '50', '51', '-1', '1e1', '+010000-01-01')),
    { maxKeys: 3 },
  ),
)

/** What a Lambda function may answer: JSON in which the body is text. */
const maxPayloadBytes = 6 * 1024 * 1024
const toPayloadBytes = (answered: Answer) => Buffer.byteLength(JSON.stringify(answered))

describe('reading', () => {
  const expectDefined = ({ statusCode, body = '' }: Answer) => {
    expect(statusCode).toBeOneOf([200, 400, 404])
    expect(isObject(tryJson(body))).toBe(true)
  }

  test('answers any path and any query', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(source, path), path, query, async (source, id, queryStringParameters) => {
        expectDefined(await read({ pathParameters: { source, id }, queryStringParameters }))
        expectDefined(await read({ queryStringParameters }))
      }),
      runs(80),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(source, path), path, query, async (source, id, parameters) => {
        const search = new URLSearchParams(parameters)
        for (const target of [`/calls/${source.toWellFormed()}/${id.toWellFormed()}`, `/calls?${search}`]) {
          if (!URL.canParse(url + target)) continue
          const response = await fetch(url + target)
          expectDefined({ statusCode: response.status, body: await response.text() })
        }
      }),
      runs(50),
    )
  })

  test('lists records of any size in pages that a Lambda function may answer', async () => {
    const quotes = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`x${n}`, '"'.repeat(1024)]))
    const records = Array.from({ length: 50 }, (_, n) =>
      toMessage(
        JSON.stringify({
          eventType: 'fee',
          feeLst: [{ ...quotes, sessionId: `${n}${'"'.repeat(250)}`, callEndTime: '2021-01-01 10:00:00' }],
        }),
        'voice-call',
      ),
    )
    await deliver(records)
    const seen = new Set<string>()
    let cursor: string | undefined
    do {
      const answered = await read({ queryStringParameters: { day: '2021-01-01', ...(cursor && { cursor }) } })
      expect(toPayloadBytes(answered)).toBeLessThan(maxPayloadBytes)
      const page: { calls: CallRecord[]; cursor?: string } = JSON.parse(answered.body ?? '')
      for (const { callId } of page.calls) seen.add(callId)
      cursor = page.cursor
    } while (cursor)
    expect(seen.size).toBe(50)
  })

  test('lists what hostile messages have left in the table, page by page', async () => {
    let cursor: string | undefined
    let pages = 0
    do {
      const { statusCode, body = '' } = await read({
        queryStringParameters: { day: '2026-01-27', ...(cursor && { cursor }) },
      })
      expect(statusCode).toBe(200)
      cursor = JSON.parse(body).cursor
    } while (cursor && ++pages < 1000)
    expect(cursor).toBeUndefined()
  })
})

// ---- The parts without a server

describe('without a server', () => {
  test('any text is split into facts and rejected records, each of which can be put through again', () => {
    fc.assert(
      fc.property(body, fc.constantFrom('voice-call', 'aicc'), (text, name) => {
        const source = isSource(name) ? name : 'aicc'
        const split = (text: string) => {
          try {
            return sources[source].split(text)
          } catch (error) {
            expect(error).toBeInstanceOf(SenderError)
            return undefined
          }
        }
        for (const { callId, fact, body } of split(text)?.found ?? []) {
          expect(split(body())?.found.map((found) => [found.callId, found.fact])).toEqual([[callId, fact]])
        }
        for (const { body, error } of split(text)?.rejected ?? []) {
          expect(Buffer.byteLength(body)).toBeLessThan(400 * 1024)
          expect(split(body)?.rejected.map(({ error }) => error.code)).toContain(error.code)
        }
      }),
      runs(1500),
    )
  })

  test('any facts of a call give one record in every order, small enough for a topic', () => {
    const facts = fc
      .array(fc.oneof(voiceCall, hangUp), { minLength: 1, maxLength: 8 })
      .map((values) => values.map((value) => toMessage(toJson(value), 'callSerialNo' in value ? 'aicc' : 'voice-call')))
    fc.assert(
      fc.property(facts, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (messages, random) => {
        const found = toBatch(messages).calls.flatMap(({ callId, facts }) =>
          facts.map(({ fact }) => ({ callId, fact })),
        )
        for (const [callId, ofCall] of groupBy(found, ({ callId }) => callId)) {
          // The first of several that say the same is the one that is stored.
          const facts = [
            ...groupBy(
              ofCall.map(({ fact }) => fact),
              ({ name }) => name,
            ).values(),
          ].flatMap(([first]) => first ?? [])
          const shuffled = facts.map((fact) => ({ fact, place: random.next().value })).sort((a, b) => a.place - b.place)
          const view = JSON.stringify(toCallView({ callId, facts }, settings))
          expect(JSON.stringify(toCallView({ callId, facts: shuffled.map(({ fact }) => fact) }, settings))).toBe(view)
          const record = JSON.stringify(toCallRecord(foldCall(callId, facts, settings)))
          expect(Buffer.byteLength(record.replaceAll(/[\uFFFE\uFFFF]/g, '\\ufffe'))).toBeLessThan(250 * 1024)
          expect(Object.keys(JSON.parse(record))).not.toContain('undefined')
        }
      }),
      runs(1000),
    )
  })

  test('a call of as many facts as fit the table can be shown by a Lambda function', () => {
    const sessionId = '键'.repeat(256)
    const facts = Array.from({ length: 14_000 }, (_, n) => ({ eventType: 'a', statusInfo: { sessionId, n } })).flatMap(
      (message) => sources['voice-call'].split(JSON.stringify(message)).found.map(({ fact }) => fact),
    )
    const size = facts.reduce((sum, { name, text }) => sum + name.length + text.length, 0)
    expect(size).toBeLessThan(400 * 1024)
    const view = toCallView({ callId: `voice-call/${sessionId}`, facts }, settings)
    expect(view.events.length + (view.eventsLeftOut ?? 0)).toBe(14_000)
    expect(toPayloadBytes(answer(200, view))).toBeLessThan(maxPayloadBytes)
  })

  test('any path and query is taken or refused as what the asker did wrong', () => {
    fc.assert(
      fc.property(query, fc.oneof(source, text), path, (query, source, id) => {
        for (const callId of toCallIds(source, id)) {
          expect(callId.isWellFormed()).toBe(true)
          expect(Buffer.byteLength(callId)).toBeLessThanOrEqual(2048)
        }
        try {
          const { start } = parseCallsQuery(query, new Date())
          expect(parseCallsQuery({ cursor: toCursorText(start) }, new Date()).start).toEqual(start)
          expect(start.after?.id.isWellFormed() ?? true).toBe(true)
        } catch (error) {
          if (!(error instanceof SenderError)) throw error
        }
      }),
      runs(1500),
    )
  })
})
