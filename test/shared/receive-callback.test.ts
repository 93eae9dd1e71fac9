import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Callback } from '../../shared/callback.ts'
import { answer, type Reception, receiveCallback } from '../../shared/receive-callback.ts'
import { SenderError, type SenderErrorCode } from '../../shared/sender-error.ts'

const log = vi.spyOn(console, 'error')
beforeEach(() => {
  log.mockReset().mockReturnValue(undefined)
})

const routeKey = 'POST /status'
const toRequest = (body: string | undefined, isBase64Encoded = false): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey,
  rawPath: '/status',
  rawQueryString: '',
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  requestContext: {
    accountId: '123456789012',
    apiId: 'api',
    domainName: 'callback.example.com',
    domainPrefix: 'callback',
    http: { method: 'POST', path: '/status', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
    requestId: 'request',
    routeKey,
    stage: '$default',
    time: '27/Jan/2026:10:00:00 +0000',
    timeEpoch: 0,
  },
  ...(body === undefined ? {} : { body }),
  isBase64Encoded,
})

const refuse = (code: string, message: string) => ({ code, message })

const now = new Date('2026-01-27T10:00:00.123Z')
const headers = { 'content-type': 'application/json;charset=UTF-8' }

/** What the answer is and what reached the queue. */
const receive = async (request: APIGatewayProxyEventV2, also: Partial<Reception> = {}, refusal?: unknown) => {
  const queued: Callback[] = []
  const checked: unknown[] = []
  const enqueue = async (callback: Callback) => {
    queued.push(callback)
    if (refusal !== undefined) throw refusal
  }
  const reception = {
    source: 'some',
    check: (body: unknown) => checked.push(body),
    success: { ok: '0' },
    refuse,
    ...also,
  }
  return { answered: await receiveCallback(request, reception, { enqueue }, now), queued, checked }
}

describe('receiveCallback', () => {
  test('answers with the success of the platform once the callback is on the queue as it came', async () => {
    const text = '{ "b": 1,\n "a": "语音", "source": "other" }'
    for (const request of [toRequest(text), toRequest(Buffer.from(text).toString('base64'), true)]) {
      const { answered, queued, checked } = await receive(request)
      expect(answered).toEqual({ statusCode: 200, headers, body: '{"ok":"0"}' })
      expect(queued).toEqual([{ body: text, source: 'some', receivedAt: '2026-01-27T10:00:00.123Z' }])
      expect(checked).toEqual([{ b: 1, a: '语音', source: 'other' }])
    }
    expect(log).not.toHaveBeenCalled()
  })

  test('waits for the queue', async () => {
    const order: string[] = []
    const enqueue = async () => {
      await Promise.resolve()
      order.push('queued')
    }
    await receiveCallback(
      toRequest('{}'),
      { source: 's', check: () => order.push('checked'), success: {}, refuse },
      { enqueue },
      now,
    )
    order.push('answered')
    expect(order).toEqual(['checked', 'queued', 'answered'])
  })

  test('refuses what is no callback, says why and queues nothing', async () => {
    const check = () => {
      throw new SenderError('no-event-type', 'Cannot read the callback: found nothing as eventType', '/eventType')
    }
    const cannotRead = 'Cannot read the callback: found'
    const refused: readonly [
      request: APIGatewayProxyEventV2,
      statusCode: number,
      code: SenderErrorCode,
      message: string,
      also?: Partial<Reception>,
    ][] = [
      [toRequest(undefined), 400, 'not-json', `${cannotRead} an empty body, wanted one JSON object`],
      [toRequest('x=1'), 400, 'not-json', `${cannotRead} 3 characters of something else, wanted one JSON object`],
      [toRequest('[]'), 400, 'not-an-object', `${cannotRead} an array of 0, wanted one JSON object`],
      [toRequest('/w==', true), 400, 'not-utf8', `${cannotRead} bytes that are not UTF-8, wanted UTF-8`],
      [toRequest('{}'), 400, 'no-event-type', `${cannotRead} nothing as eventType`, { check }],
      [
        toRequest(`{"a":"${'x'.repeat(262_137)}"}`),
        413,
        'too-large',
        'Cannot take the callback: found 262145 bytes, wanted at most 262144',
      ],
    ]
    for (const [request, statusCode, code, message, also] of refused) {
      const { answered, queued } = await receive(request, also)
      expect(answered).toEqual({ statusCode, headers, body: JSON.stringify({ code, message }) })
      expect(queued).toEqual([])
    }
    expect(log).not.toHaveBeenCalled()
  })

  test('takes a callback of exactly 256 KiB', async () => {
    const { answered, queued } = await receive(toRequest(`{"a":"${'x'.repeat(262_136)}"}`))
    expect(answered.statusCode).toBe(200)
    expect(queued[0]?.body).toHaveLength(262_144)
  })

  test('answers 503 to what it cannot keep and logs no more than the kind of error', async () => {
    const unavailable = {
      statusCode: 503,
      headers,
      body: '{"code":"not-kept","message":"Cannot keep the callback: the queue refused it; push it again"}',
    }
    const timeout = Object.assign(new Error('secret'), { name: 'TimeoutError' })
    const refusals: readonly [unknown, string][] = [
      [timeout, 'TimeoutError'],
      ['secret', 'string'],
    ]
    for (const [refusal, name] of refusals) {
      log.mockClear()
      const { answered, queued } = await receive(toRequest('{}'), {}, refusal)
      expect(answered).toEqual(unavailable)
      expect(queued).toHaveLength(1)
      expect(log.mock.calls).toEqual([[`Cannot keep a callback: ${name}`]])
    }
  })

  test('a fault of its own is no fault of the sender', async () => {
    const check = () => {
      throw new TypeError('secret')
    }
    const { answered, queued } = await receive(toRequest('{}'), { check })
    expect(answered.statusCode).toBe(503)
    expect(answered.body).not.toContain('secret')
    expect(queued).toEqual([])
    expect(log.mock.calls).toEqual([['Cannot keep a callback: TypeError']])
  })
})

describe('answer', () => {
  test('is JSON in UTF-8', () => {
    expect(answer(404, { message: '语音' })).toEqual({ statusCode: 404, headers, body: '{"message":"语音"}' })
  })
})
