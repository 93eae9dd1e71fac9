import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createHttpApi } from '../../local/http-api.ts'
import { createRandom } from '../../local/simulator/random.ts'
import { signBody, signHeaders } from '../../local/simulator/signing.ts'
import { type Plan, planCalls, planHangups } from '../../local/simulator/simulation.ts'
import { openCallsTable } from '../../shared/calls-table.ts'
import type { Split } from '../../shared/fact.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { JsonObject } from '../../shared/json.ts'
import { sources } from '../../shared/source.ts'
import { startAws } from '../aws.ts'
import { readFixture, settings } from '../shared/messages.ts'
import { openOpenApi } from './validation.ts'

type Handler = (event: Partial<APIGatewayProxyEventV2>) => Promise<APIGatewayProxyStructuredResultV2>

const token = 'aTokenOfMyOwn-2026'
const key = '0123456789abcdef'
const aksk = { urls: ['https://callback.example.com/cdr'], app: 'app', secret: 'secret' } as const

let aws: Awaited<ReturnType<typeof startAws>>
let api: Awaited<ReturnType<typeof openOpenApi>>

beforeAll(async () => {
  const secrets = JSON.stringify({ urls: aksk.urls, apps: { app: ['secret'] } })
  aws = await startAws(
    new Map([
      ['/tokens', `["${token}"]`],
      ['/voice-call', secrets],
      ['/aicc', `["${key}"]`],
    ]),
  )
  api = await openOpenApi()
})
afterAll(() => aws.stop())
beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** A function as it starts with these settings, which stay until the next one is loaded. */
const load = async (name: string, environment: { readonly [name: string]: string } = {}): Promise<Handler> => {
  vi.resetModules()
  vi.unstubAllEnvs()
  for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value)
  const { handler } = await import(`../../functions/${name}.ts`)
  return (event) => handler({ headers: {}, isBase64Encoded: false, ...event }, {})
}

/** Every code, or status where there is none, that was answered, by operation: `post /status 400 not-json`. */
const seen = new Set<string>()

/** That an answer is one of the document's: its status, its type and its body. */
const expectDocumented = (
  method: string,
  path: string,
  { statusCode = 0, headers, body = '' }: APIGatewayProxyStructuredResultV2,
) => {
  expect(headers?.['content-type']).toMatch(/^application\/json/)
  const value: JsonObject = JSON.parse(body)
  expect(api.checkResponse(method, path, statusCode, value), `${method} ${path} ${statusCode} ${body}`).toBe('')
  const code = statusCode === 200 ? undefined : (value.code ?? value.retCode)
  seen.add([method, path, statusCode, ...(code === undefined ? [] : [String(code)])].join(' '))
  return statusCode
}

const plan: Plan = {
  ...{ calls: 60, run: 'http', rate: 0, concurrent: 90, seed: 5, hour: 10 },
  ...{ outOfOrder: 0, late: 0, lostAnswer: 0, odd: 0.5, aicc: 0, hostile: 0 },
}
const planned = planCalls(plan).flat()
const hangups = planHangups({ ...plan, aicc: 1 }).map(({ body }) => body)

const routes = [
  { path: '/status', name: 'receive-status', isAicc: false, secrets: '/voice-call' },
  { path: '/cdr', name: 'receive-cdr', isAicc: false, secrets: '/voice-call' },
  { path: '/hangup', name: 'receive-hangup', isAicc: true, secrets: '/aicc' },
]

describe.each(routes)('POST $path', ({ path, name, isAicc, secrets }) => {
  /** The same, by the path with a token and by the one without, answered by the function's own words. */
  const paths = [
    { place: path, pathParameters: {}, environment: { TOKENS_PARAMETER: '' } },
    { place: `${path}/{token}`, pathParameters: { token }, environment: { TOKENS_PARAMETER: '/tokens' } },
  ]
  const good = isAicc ? { ...hangups[0] } : { eventType: 'answer', statusInfo: { sessionId: 'a' } }
  const goodBody = JSON.stringify(good)

  test('takes what the document says that the platform sends', async () => {
    const documented = isAicc
      ? [JSON.parse(await readFile(new URL('../fixtures/aicc/hangup-answered.json', import.meta.url), 'utf8'))]
      : await readFixture('call-back-status-sequence-answered')
    const simulated = isAicc
      ? hangups
      : planned.flatMap(({ events, cdr }) => [...events.map(({ body }) => body), { eventType: 'fee', feeLst: [cdr] }])
    for (const { place, pathParameters, environment } of paths) {
      const handler = await load(name, environment)
      for (const body of [...documented, ...simulated]) {
        expect(api.checkRequest(place, body)).toBe('')
        const answered = await handler({ pathParameters, body: JSON.stringify(body) })
        expect(expectDocumented('post', place, answered)).toBe(200)
      }
    }
  })

  test('refuses what is no callback, and by the document it is none', async () => {
    const others: readonly unknown[] = [
      ...[null, [], 7, {}, { eventType: '' }, { eventType: 7 }, { callSerialNo: 7 }, { callSerialNo: 'a b' }],
      isAicc ? { callSerialNo: '1', eventType: 'fee' } : { callSerialNo: '1' },
    ]
    for (const { place, pathParameters, environment } of paths) {
      const handler = await load(name, environment)
      for (const other of others) {
        const answered = await handler({ pathParameters, body: JSON.stringify(other) })
        expect(expectDocumented('post', place, answered)).toBe(400)
        expect(api.checkRequest(place, other), JSON.stringify(other)).not.toBe('')
      }
      for (const request of [{ body: 'eventType=fee' }, {}, { body: '/w==', isBase64Encoded: true }])
        expect(expectDocumented('post', place, await handler({ pathParameters, ...request }))).toBe(400)
      const body = `{"eventType":"${'x'.repeat(262_145)}"}`
      expect(expectDocumented('post', place, await handler({ pathParameters, body }))).toBe(413)
    }
  })

  test('takes what is signed, and nothing else, where that is enforced', async () => {
    const enforce = { SIGNATURE_POLICY: 'enforce', SIGNATURE_PARAMETER: secrets }
    const [now, random] = [new Date(), createRandom(1, 1)]
    const old = new Date(now.getTime() - 3 * 86_400_000)
    const sign = (signedAt: Date, secret: string, body: JsonObject = good) =>
      isAicc
        ? { body: JSON.stringify(signBody(body, secret, random, signedAt)) }
        : { body: JSON.stringify(body), headers: signHeaders({ ...aksk, secret }, random, signedAt) }
    const [right, wrong] = isAicc ? [key, 'f'.repeat(16)] : ['secret', 'other']
    const refused = [
      { body: goodBody },
      {
        body: JSON.stringify({ ...good, ...(isAicc && { signature: 'x', timestamp: 'y' }) }),
        headers: { 'x-aksk': 'x' },
      },
      sign(now, wrong),
      sign(old, right),
      ...(isAicc ? [sign(now, right, { ...good, called: 'a b' })] : []),
    ]
    for (const { place, pathParameters, environment } of paths) {
      const handler = await load(name, { ...environment, ...enforce })
      expect(expectDocumented('post', place, await handler({ pathParameters, ...sign(now, right) }))).toBe(200)
      for (const request of refused)
        expect(expectDocumented('post', place, await handler({ pathParameters, ...request }))).toBe(401)
    }
  })

  test('knows no path without its token, nor one with a token where there is none', async () => {
    const without = await load(name)
    expect(
      expectDocumented('post', `${path}/{token}`, await without({ pathParameters: { token }, body: goodBody })),
    ).toBe(404)
    const tokens = await load(name, { TOKENS_PARAMETER: '/tokens' })
    expect(expectDocumented('post', path, await tokens({ body: goodBody }))).toBe(404)
    const other = { token: 'anotherTokenOfMyOwn' }
    expect(expectDocumented('post', `${path}/{token}`, await tokens({ pathParameters: other, body: goodBody }))).toBe(
      404,
    )
  })

  test('says so when it cannot check or keep a callback', async () => {
    for (const { place, pathParameters } of paths) {
      const unready = await load(name, { TOKENS_PARAMETER: '/nowhere' })
      expect(expectDocumented('post', place, await unready({ pathParameters, body: goodBody }))).toBe(503)
    }
    const nowhere = { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' }
    for (const { place, pathParameters, environment } of paths) {
      const handler = await load(name, { ...environment, ...nowhere, ANSWER_BUDGET_MS: '1000' })
      expect(expectDocumented('post', place, await handler({ pathParameters, body: goodBody }))).toBe(503)
    }
  })
})

describe('GET /calls', () => {
  let get: (request: Partial<APIGatewayProxyEventV2>) => Promise<APIGatewayProxyStructuredResultV2>
  let ids: readonly string[]

  beforeAll(async () => {
    const table = openCallsTable(await aws.ref('Calls'), 90)
    const add = async ({ found }: Split) => {
      const receivedAt = new Date().toISOString()
      for (const { callId, fact } of found)
        await table.addFacts(callId, [fact], foldCall(callId, [fact], settings), receivedAt)
      return found.map(({ callId }) => callId)
    }
    const stored: string[] = []
    // A third of them are left without a CDR.
    for (const [index, { events, cdr }] of planned.entries()) {
      const bodies = [
        ...events.map(({ body }) => body),
        ...(index % 3 === 0 ? [] : [{ eventType: 'fee', feeLst: [cdr] }]),
      ]
      for (const body of bodies) stored.push(...(await add(sources['voice-call'].split(JSON.stringify(body)))))
    }
    for (const body of hangups) stored.push(...(await add(sources.aicc.split(JSON.stringify(body)))))
    ids = [...new Set(stored)]
    get = await load('read-calls')
  })

  test('one call, of each platform and kind', async () => {
    for (const callId of ids) {
      const [source, id] = [callId.replace(/\/.*/s, ''), callId.slice(callId.indexOf('/') + 1)]
      const answered = await get({ pathParameters: { source, id } })
      expect(expectDocumented('get', '/calls/{source}/{id}', answered)).toBe(200)
    }
    for (const pathParameters of [
      { source: 'aicc', id: 'x' },
      { source: 'other', id: 'x' },
    ])
      expect(expectDocumented('get', '/calls/{source}/{id}', await get({ pathParameters }))).toBe(404)
  })

  test('pages of a day', async () => {
    const today = new Date().toISOString().slice(0, 10)
    const days = new Set([today, ...planned.map(({ life }) => new Date(life.ended * 1000).toISOString().slice(0, 10))])
    let [pages, calls] = [0, 0]
    for (const day of days) {
      let cursor: string | undefined
      do {
        const answered = await get({ queryStringParameters: { day, limit: '7', ...(cursor && { cursor }) } })
        expect(expectDocumented('get', '/calls', answered)).toBe(200)
        const page = JSON.parse(answered.body ?? '')
        pages += 1
        calls += page.calls.length
        cursor = page.cursor
      } while (cursor)
    }
    expect(calls).toBeGreaterThan(50)
    expect(pages).toBeGreaterThan(days.size)
    for (const queryStringParameters of [{}, { limit: '1' }, { limit: '50' }])
      expect(expectDocumented('get', '/calls', await get({ queryStringParameters }))).toBe(200)
    for (const queryStringParameters of [{ limit: '0' }, { limit: '51' }, { day: 'x' }, { cursor: 'x' }, { dya: '' }])
      expect(expectDocumented('get', '/calls', await get({ queryStringParameters }))).toBe(400)
  })
})

test('what API Gateway answers by itself', async () => {
  const server = createHttpApi(
    [{ method: 'POST', path: '/cdr', handler: () => Promise.reject(new Error()) }],
    () => ({}),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cdr`
  const push = async (body: string) => {
    const response = await fetch(url, { method: 'POST', body })
    const headers = { 'content-type': response.headers.get('content-type') ?? '' }
    return expectDocumented('post', '/cdr', { statusCode: response.status, headers, body: await response.text() })
  }
  expect(await push('{}')).toBe(500)
  expect(await push('x'.repeat(10 * 1024 * 1024 + 1))).toBe(413)
  server.closeAllConnections()
  server.close()
})

test('no answer is documented that never came, but for those of API Gateway', () => {
  const codesOf = (value: unknown): readonly string[] => {
    if (typeof value !== 'object' || value === null) return []
    const own = 'enum' in value && Array.isArray(value.enum) ? value.enum : []
    return [...own, ...Object.values(value).flatMap(codesOf)]
  }
  const wanted = api.operations.flatMap(({ method, path, responses }) =>
    Object.entries(responses).flatMap(([status, response]) => {
      if (['403', '429', '500'].includes(status) || (method === 'get' && status === '503')) return []
      const codes = codesOf(response)
      return codes.length === 0
        ? [`${method} ${path} ${status}`]
        : codes.map((code) => `${method} ${path} ${status} ${code}`)
    }),
  )
  const byGateway = ['post /cdr 413', 'post /cdr 500']
  expect([...seen].sort()).toEqual([...wanted, ...byGateway].sort())
})

test('an answer that the document does not have is told', () => {
  expect(api.checkResponse('post', '/status', 200, { resultcode: '1', resultdesc: 'Success' })).not.toBe('')
  expect(api.checkResponse('post', '/status', 400, { code: 'unsigned', message: 'x' })).not.toBe('')
  expect(api.checkResponse('post', '/hangup', 401, { code: 'unsigned', message: 'x' })).not.toBe('')
  expect(api.checkResponse('get', '/calls', 200, { calls: [{}] })).not.toBe('')
  expect(api.checkResponse('get', '/calls', 200, { calls: [], cursor: '' })).not.toBe('')
  expect(() => api.checkResponse('post', '/status', 418, {})).toThrow()
})
