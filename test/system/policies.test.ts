import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attacks, type Overheard } from '../../local/simulator/hostile.ts'
import { type Push, push, type Receiver } from '../../local/simulator/platform.ts'
import { createRandom } from '../../local/simulator/random.ts'
import { readSecrets, signBody, signHeaders, toReceiver } from '../../local/simulator/signing.ts'
import type { JsonObject } from '../../shared/json.ts'
import { start, stop, untilReady } from './process.ts'

const token = '0123456789abcdef-new'
const secrets = {
  CALLBACK_TOKENS: JSON.stringify([token, '0123456789abcdef-old']),
  VOICE_CALL_SECRETS: JSON.stringify({
    urls: [`https://callback.example.com/status/${token}`, `https://callback.example.com/cdr/${token}`],
    apps: { exampleAppKey: ['exampleAppSecret', 'previousAppSecret'] },
  }),
  AICC_KEYS: JSON.stringify(['0123456789abcdef', 'fedcba9876543210']),
}
const random = createRandom(1, 1)
const call = { callEndTime: '2026-01-27 10:00:00', callOutAnswerTime: '2026-01-27 09:00:00' }

const toStatus = (sessionId: string): JsonObject => ({
  eventType: 'answer',
  statusInfo: { sessionId, timestamp: '2026-01-27 10:00:00' },
})
const toFee = (sessionId: string): JsonObject => ({ eventType: 'fee', feeLst: [{ sessionId, ...call }] })
const toHangup = (callSerialNo: string): JsonObject => ({
  callSerialNo,
  called: '88880067',
  talkingTime: null,
  releaseReason: '4',
})

/** What gets in: always, unless signatures are enforced, or never. */
type GetsIn = 'always' | 'unless enforced' | 'never'
const kinds: { readonly [attack in keyof typeof attacks]: Partial<Record<Overheard['platform'], GetsIn>> } = {
  unsigned: { 'voice-call': 'unless enforced', aicc: 'unless enforced' },
  forged: { 'voice-call': 'unless enforced', aicc: 'unless enforced' },
  'of another app': { 'voice-call': 'unless enforced' },
  old: { 'voice-call': 'unless enforced', aicc: 'unless enforced' },
  // Nothing in X-AKSK is about the body.
  'another body under an overheard signature': { 'voice-call': 'always', aicc: 'unless enforced' },
  // The same fact again.
  replayed: { 'voice-call': 'always', aicc: 'always' },
  're-ordered': { 'voice-call': 'always', aicc: 'always' },
  'of other types': { aicc: 'always' },
  truncated: { 'voice-call': 'never', aicc: 'never' },
  'blank in the id': { aicc: 'never' },
  'merged into the id': { aicc: 'never' },
  "on the other platform's path": { 'voice-call': 'never', aicc: 'never' },
  'without the token': { 'voice-call': 'never', aicc: 'never' },
  'with another token': { 'voice-call': 'never', aicc: 'never' },
}

test('every kind of hostile push has its expectation', () => {
  expect(Object.keys(kinds).sort()).toEqual(Object.keys(attacks).sort())
})

describe.each(['off', 'observe', 'enforce'])('under the policy %s', (policy) => {
  let started: ReturnType<typeof start>
  let receiver: Receiver
  let callsUrl: string

  beforeAll(async () => {
    const params = ['--param', `voiceCallSignature=${policy}`, '--param', `aiccSignature=${policy}`]
    started = start('start', ['--json', ...params], secrets)
    const urls = JSON.parse(await untilReady(started))
    callsUrl = urls.callsUrl
    receiver = toReceiver(urls, readSecrets(secrets))
  })
  afterAll(async () => {
    await stop(started)
    expect([started.output.stderr, started.output.stdout.split('\n').length]).toEqual(['', 2])
    for (const secret of Object.values(secrets).flatMap((text) => text.match(/[\w-]{16,}/g) ?? []))
      expect(started.output.stdout).not.toContain(secret)
  })

  const isStored = async (callId: string) => (await fetch(`${callsUrl}/${callId}`)).status === 200

  const genuine: readonly [name: string, platform: Overheard['platform'], toBody: (id: string) => JsonObject][] = [
    ['status', 'voice-call', toStatus],
    ['cdr', 'voice-call', toFee],
    ['hangup', 'aicc', toHangup],
  ]

  test.each(genuine)('%s callbacks get in, and hostile ones as the policy says', async (route, platform, toBody) => {
    const id = `${policy}-${route}`
    const { voiceCall, aiccKey = '' } = receiver.secrets
    const unsigned = toBody(id)
    const body = platform === 'aicc' ? signBody(unsigned, aiccKey, random, new Date()) : unsigned
    const headers = platform === 'voice-call' && voiceCall ? signHeaders(voiceCall, random, new Date()) : {}
    const url = { status: receiver.statusUrl, cdr: receiver.cdrUrl, hangup: receiver.hangupUrl }[route] ?? ''
    const sent: Push = { url, headers, body: JSON.stringify(body) }
    expect(await push(sent)).toBe(true)
    const expected: string[] = [`${platform}/${id}`]
    const kept: string[] = []
    for (const [kind, toHostile] of Object.entries(attacks)) {
      const getsIn = kinds[kind]?.[platform]
      const inventedId = `${id}-${kind.replace(/\W/g, '')}`.slice(0, 50)
      const hostile = toHostile({ platform, push: sent, body, inventedId }, receiver, random)
      if (getsIn === undefined || hostile === undefined) {
        expect([kind, hostile, getsIn]).toEqual([kind, undefined, undefined])
        continue
      }
      const isTaken = getsIn === 'always' || (getsIn === 'unless enforced' && policy !== 'enforce')
      expect([kind, await push(hostile)]).toEqual([kind, isTaken])
      if (hostile.body.includes(inventedId)) (isTaken ? expected : kept).push(`${platform}/${inventedId}`)
    }
    for (const callId of expected) await expect.poll(() => isStored(callId)).toBe(true)
    // What came before them on the same queue would be there by now.
    await sleep(200)
    for (const callId of kept) expect([callId, await isStored(callId)]).toEqual([callId, false])
    const { revision } = JSON.parse(await (await fetch(`${callsUrl}/${platform}/${id}`)).text())
    expect(revision).toBe(1)
  })

  test('either of two tokens, secrets and keys will do', async () => {
    const { voiceCall } = receiver.secrets
    if (!voiceCall) throw new Error('no secrets')
    const withOld = (url: string) => url.replace(token, '0123456789abcdef-old')
    const headers = signHeaders({ ...voiceCall, secret: 'previousAppSecret' }, random, new Date())
    const body = signBody(toHangup(`${policy}-old`), 'fedcba9876543210', random, new Date())
    expect(await push({ url: withOld(receiver.cdrUrl), headers, body: JSON.stringify(toFee('old')) })).toBe(true)
    expect(await push({ url: withOld(receiver.hangupUrl), headers: {}, body: JSON.stringify(body) })).toBe(true)
  })

  test("a refusal is in the platform's words", async () => {
    const refused = async (url: string, body: JsonObject) => {
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
      return [answer.status, await answer.json()]
    }
    const said = 'Cannot take the callback: found no signature, wanted one as the platform documents it'
    const [voiceCall, aicc] =
      policy === 'enforce'
        ? [
            [401, { code: 'unsigned', message: said }],
            [401, { retCode: 'unsigned', retMsg: said }],
          ]
        : [
            [200, { resultcode: '0', resultdesc: 'Success' }],
            [200, { retCode: '0', retMsg: 'success' }],
          ]
    expect(await refused(receiver.statusUrl, toStatus('words'))).toEqual(voiceCall)
    expect(await refused(receiver.hangupUrl, toHangup('words'))).toEqual(aicc)
    // A JSON number of 19 digits has lost some of them.
    const number = '{"callSerialNo":1197765398201387012}'
    const answer = await fetch(receiver.hangupUrl, { method: 'POST', body: number })
    expect([answer.status, JSON.parse(await answer.text()).retCode]).toEqual(
      policy === 'enforce' ? [401, 'unsigned'] : [400, 'bad-call-serial-no'],
    )
  })

  test('a path without its token gets what any unknown path gets', async () => {
    const base = callsUrl.replace('/calls', '')
    const answers = await Promise.all(
      ['/unknown', '/status', '/cdr/', '/hangup/another-token-of-mine', `/status/${token}/`, `/calls/${token}`].map(
        async (path) => {
          const answer = await fetch(base + path, { method: 'POST', body: '{}' })
          const { date, 'keep-alive': _, connection, ...headers } = Object.fromEntries(answer.headers)
          return { status: answer.status, headers, body: await answer.text() }
        },
      ),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ status: 404, body: '{"message":"Not Found"}' })
  })
})
