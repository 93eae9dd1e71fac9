import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { drain, startAws } from '../aws.ts'
import { status } from '../shared/messages.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let callbacks: string
const handlers: {
  [route: string]: (event: Partial<APIGatewayProxyEventV2>) => Promise<APIGatewayProxyStructuredResultV2>
} = {}

beforeAll(async () => {
  aws = await startAws()
  callbacks = await aws.ref('Callbacks')
  for (const name of ['receive-status', 'receive-cdr']) {
    const { handler } = await import(`../../functions/${name}.ts`)
    handlers[name] = (event) => handler(event, {})
  }
})
afterAll(() => aws.stop())
beforeEach(() => drain(aws.sqs, callbacks))

const text = (body: string) => ({ body, isBase64Encoded: false })
const base64 = (body: string | Uint8Array) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true })

describe.each(['receive-status', 'receive-cdr'])('%s', (name) => {
  const receive = (event: Partial<APIGatewayProxyEventV2>) => handlers[name]?.(event)

  test('answers as the platform expects once the callback is on the queue, as it was received', async () => {
    const bodies = [
      JSON.stringify(status('answer', '10:00:00'), null, 2),
      '{"eventType":"fee","feeLst":[{"sessionId":"键 \\u0000 \\ud800"}]}\n',
      '{"eventType":"unheardOf"}',
    ]
    for (const body of bodies)
      for (const event of [text(body), base64(body)])
        expect(await receive(event)).toEqual({
          statusCode: 200,
          headers: { 'content-type': 'application/json;charset=UTF-8' },
          body: '{"resultcode":"0","resultdesc":"Success"}',
        })
    const queued = await drain(aws.sqs, callbacks)
    expect(queued.map(({ Body }) => Body).sort()).toEqual([...bodies, ...bodies].sort())
    for (const { MessageAttributes: attributes = {} } of queued) {
      expect(attributes.source?.StringValue).toBe('voice-call')
      expect(attributes.verdict?.StringValue).toBe('off')
      expect(Date.parse(attributes.receivedAt?.StringValue ?? '')).toBeGreaterThan(0)
    }
  })

  test('characters that a queue refuses go through as escapes', async () => {
    await receive(text('{"eventType":"answer","statusInfo":{"sessionId":"a\uFFFEb\uFFFF"}}'))
    const [queued] = await drain(aws.sqs, callbacks)
    expect(queued?.Body).toBe('{"eventType":"answer","statusInfo":{"sessionId":"a\\ufffeb\\uffff"}}')
  })

  test('a callback of 256 KiB gets through, one byte more does not', async () => {
    const body = (bytes: number) => `{"eventType":"${'x'.repeat(bytes - 16)}"}`
    expect(await receive(text(body(262_144)))).toMatchObject({ statusCode: 200 })
    expect(await receive(text(body(262_145)))).toMatchObject({
      statusCode: 413,
      body: '{"code":"too-large","message":"Cannot take the callback: found 262145 bytes, wanted at most 262144"}',
    })
    expect((await drain(aws.sqs, callbacks)).map(({ Body }) => Body)).toEqual([body(262_144)])
  })

  test('what is no callback is told what it is, and nothing is queued', async () => {
    const cases: readonly [Partial<APIGatewayProxyEventV2>, string][] = [
      [base64(Uint8Array.of(0x7b, 0xff, 0x7d)), 'not-utf8'],
      [{ isBase64Encoded: false }, 'not-json'],
      [text('eventType=fee'), 'not-json'],
      [text('null'), 'not-an-object'],
      [text('["eventType"]'), 'not-an-object'],
      [text('{"feeLst":[]}'), 'no-event-type'],
      [text('{"eventType":7}'), 'no-event-type'],
    ]
    for (const [event, code] of cases) {
      const { statusCode, headers, body = '' } = (await receive(event)) ?? {}
      expect({ statusCode, headers }).toEqual({
        statusCode: 400,
        headers: { 'content-type': 'application/json;charset=UTF-8' },
      })
      expect(JSON.parse(body)).toEqual({ code, message: expect.stringMatching(/found .+, wanted /) })
    }
    expect(await drain(aws.sqs, callbacks)).toEqual([])
  })
})

describe('a callback that the queue does not take', () => {
  const errors = vi.spyOn(console, 'error')
  beforeEach(() => {
    vi.resetModules()
    errors.mockReset().mockReturnValue(undefined)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })
  const body = '{"eventType":"answer","statusInfo":{"sessionId":"held","called":"+8613800000021"}}'
  const receive = async () => {
    const { handler } = await import('../../functions/receive-status.ts')
    const began = Date.now()
    const answered = await handler(text(body) as APIGatewayProxyEventV2)
    return { answered, took: Date.now() - began }
  }
  const held = async () => {
    const { openHeldCallbacks } = await import('../../shared/held-callbacks.ts')
    const callbacks = openHeldCallbacks(process.env.CALLS_TABLE ?? '')
    const found = await callbacks.get(await callbacks.list(10))
    for (const { id } of found) await callbacks.remove(id)
    return found.map(({ callback }) => callback)
  }
  const wanted = { body, source: 'voice-call', verdict: 'off', receivedAt: expect.stringMatching(/^\d{4}-.*Z$/) }

  test('is held in the table with all that is known of it, whatever is wrong with the queue', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    const failing = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1')
    const throttling = createServer((_, response) =>
      response.writeHead(400).end('{"__type":"com.amazonaws.sqs#RequestThrottled"}'),
    ).listen(0, '127.0.0.1')
    await Promise.all([silent, failing, throttling].map((server) => server.listening || once(server, 'listening')))
    const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const endpoints = ['http://127.0.0.1:1', urlOf(silent), urlOf(failing), urlOf(throttling)]
    for (const endpoint of endpoints) {
      vi.resetModules()
      vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoint)
      const { answered, took } = await receive()
      expect(answered).toMatchObject({ statusCode: 200, body: '{"resultcode":"0","resultdesc":"Success"}' })
      // Its budget, and what a busy machine adds.
      expect(took).toBeLessThan(1800 + 3000)
      expect(await held()).toEqual([wanted])
    }
    for (const server of [silent, failing, throttling]) {
      server.closeAllConnections()
      server.close()
    }
    expect(errors.mock.calls).toHaveLength(4)
    for (const [line] of errors.mock.calls) expect(line).toMatch(/^Cannot queue a callback: \w+$/)
  })

  test('and the table neither, is answered with 503', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', 'http://127.0.0.1:1')
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:1')
    expect((await receive()).answered).toMatchObject({ statusCode: 503 })
    expect(errors.mock.calls).toEqual([
      ['Cannot queue a callback: ECONNREFUSED'],
      ['Cannot keep a callback: ECONNREFUSED'],
    ])
  })
})

test('a function without its settings says which', async () => {
  vi.resetModules()
  vi.stubEnv('CALLBACKS_QUEUE_URL', '')
  await expect(import('../../functions/receive-status.ts')).rejects.toThrow(
    'found nothing as environment variable CALLBACKS_QUEUE_URL',
  )
  vi.unstubAllEnvs()
})
