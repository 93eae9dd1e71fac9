import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Access } from '../../shared/access.ts'
import { answer } from '../../shared/answer.ts'
import type { Callback } from '../../shared/callback.ts'
import type { Counts } from '../../shared/metrics.ts'
import { type Reception, receiveCallback } from '../../shared/receive-callback.ts'
import { SenderError, type SenderErrorCode } from '../../shared/sender-error.ts'
import type { Signed } from '../../shared/signature.ts'

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

const open: Access = { tokens: [], policy: 'off', verify: undefined }

/** What the answer is, what reached the queue and what was counted. */
const receive = async (
  request: APIGatewayProxyEventV2,
  also: Partial<Reception> = {},
  refusal?: unknown,
  access: Access = open,
) => {
  const queued: Callback[] = []
  const checked: unknown[] = []
  const counted: Counts[] = []
  const keep = async (callback: Callback) => {
    queued.push(callback)
    if (refusal !== undefined) throw refusal
  }
  const reception: Reception = {
    source: 'aicc',
    signs: 'body',
    check: (body: unknown) => checked.push(body),
    success: { ok: '0' },
    refuse,
    ...also,
  }
  const count = (counts: Counts) => counted.push(counts)
  const answered = await receiveCallback(request, reception, access, keep, count, now)
  return { answered, queued, checked, counted }
}

describe('receiveCallback', () => {
  test('answers with the success of the platform once the callback is on the queue as it came', async () => {
    const text = '{ "b": 1,\n "a": "语音", "source": "other" }'
    for (const request of [toRequest(text), toRequest(Buffer.from(text).toString('base64'), true)]) {
      const { answered, queued, checked } = await receive(request)
      expect(answered).toEqual({ statusCode: 200, headers, body: '{"ok":"0"}' })
      expect(queued).toEqual([{ body: text, source: 'aicc', verdict: 'off', receivedAt: '2026-01-27T10:00:00.123Z' }])
      expect(checked).toEqual([{ b: 1, a: '语音', source: 'other' }])
    }
    expect(log).not.toHaveBeenCalled()
  })

  test('waits for the queue', async () => {
    const order: string[] = []
    const keep = async () => {
      await Promise.resolve()
      order.push('queued')
    }
    await receiveCallback(
      toRequest('{}'),
      { source: 'aicc', signs: 'body', check: () => order.push('checked'), success: {}, refuse },
      open,
      keep,
      () => undefined,
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
      body: '{"code":"not-kept","message":"Cannot keep the callback: queue and table refused it; push it again"}',
    }
    const timeout = Object.assign(new Error('secret'), { name: 'TimeoutError' })
    const refusals: readonly [unknown, string][] = [
      [timeout, 'TimeoutError'],
      ['secret', 'string'],
    ]
    for (const [refusal, name] of refusals) {
      log.mockClear()
      const { answered, queued, counted } = await receive(toRequest('{}'), {}, refusal)
      expect(counted).toEqual([{ 'refused.aicc.not-kept': 1 }])
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

describe('the path', () => {
  const token = '0123456789abcdef'
  const at = (path: string | undefined) =>
    ({ ...toRequest('{}'), pathParameters: path === undefined ? undefined : { token: path } }) as APIGatewayProxyEventV2
  const unknown = { statusCode: 404, headers: { 'content-type': 'application/json' }, body: '{"message":"Not Found"}' }

  test('with a token is open where it is configured, and nothing else is', async () => {
    const tokens = ['another-token-01', token]
    expect((await receive(at(token), {}, undefined, { ...open, tokens })).answered.statusCode).toBe(200)
    for (const path of [undefined, '', `${token}x`]) {
      const { answered, queued, checked } = await receive(at(path), {}, undefined, { ...open, tokens })
      expect([answered, queued, checked]).toEqual([unknown, [], []])
    }
  })

  test('without its token is unknown, whatever else is wanting', async () => {
    const blind: Access = { tokens: [token], policy: 'enforce', verify: undefined }
    expect((await receive(at('another'), {}, undefined, blind)).answered).toEqual(unknown)
    expect((await receive(at(token), {}, undefined, blind)).answered.statusCode).toBe(503)
  })

  test('with a token is unknown where none is configured', async () => {
    expect((await receive(at(token))).answered).toEqual(unknown)
  })
})

describe('the signature', () => {
  const bad: Access = { ...open, policy: 'enforce', verify: () => 'mismatch' }

  test('is looked for in the headers before the body is parsed, or in the body before anything else reads it', async () => {
    const seen: unknown[] = []
    const verify = (signed: Signed, at: Date) => {
      seen.push(signed, at)
      return 'stale' as const
    }
    const observe = { ...open, policy: 'observe', verify } as const
    const request = { ...toRequest('{"a":1}'), headers: { 'x-aksk': 'x' } } as unknown as APIGatewayProxyEventV2
    const ofHeaders = await receive(request, { signs: 'headers' }, undefined, observe)
    const ofBody = await receive(request, { signs: 'body' }, undefined, observe)
    expect(seen).toEqual([{ 'x-aksk': 'x' }, now, { a: 1 }, now])
    for (const { answered, queued } of [ofHeaders, ofBody])
      expect([answered.statusCode, queued]).toMatchObject([200, [{ verdict: 'stale' }]])

    const noJson = { ...request, body: '{' } as APIGatewayProxyEventV2
    expect((await receive(noJson, { signs: 'headers' }, undefined, bad)).answered.statusCode).toBe(401)
    expect((await receive(noJson, { signs: 'body' }, undefined, bad)).answered.statusCode).toBe(400)
  })

  test('that is not valid is kept out by enforce, counted, and told by its part', async () => {
    for (const signs of ['headers', 'body'] as const) {
      const { answered, queued, checked, counted } = await receive(toRequest('{}'), { signs }, undefined, bad)
      expect(answered).toEqual({
        statusCode: 401,
        headers,
        body: '{"code":"wrong-signature","message":"Cannot take the callback: found a signature that does not match, wanted one made with a known key"}',
      })
      expect([queued, checked, counted]).toEqual([[], [], [{ 'refused.aicc.mismatch': 1 }]])
    }
    expect(log).not.toHaveBeenCalled()
  })

  test('that cannot be checked is 503 under enforce, and so is a path whose tokens are not to be had', async () => {
    const blind: readonly Access[] = [
      { ...open, policy: 'enforce' },
      { ...open, tokens: undefined },
    ]
    for (const access of blind) {
      const { answered, queued, counted } = await receive(toRequest('{}'), {}, undefined, access)
      expect([answered.statusCode, JSON.parse(answered.body ?? '').code]).toEqual([503, 'not-ready'])
      expect([queued, counted]).toEqual([[], [{ 'refused.aicc.not-ready': 1 }]])
    }
    const observing = await receive(toRequest('{}'), {}, undefined, { ...open, policy: 'observe' })
    expect([observing.answered.statusCode, observing.queued, observing.counted]).toMatchObject([
      200,
      [{ verdict: 'unchecked' }],
      [],
    ])
  })
})

describe('answer', () => {
  test('is JSON in UTF-8', () => {
    expect(answer(404, { message: '语音' })).toEqual({ statusCode: 404, headers, body: '{"message":"语音"}' })
  })
})
