import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { compareRecord } from '../../local/simulator/comparison.ts'
import { toExpected } from '../../local/simulator/expected.ts'
import { drawLife, outcomes, shiftLife } from '../../local/simulator/life.ts'
import { drawDeviations, toCdrRecord, toStatusMessages } from '../../local/simulator/messages.ts'
import { createTally, isSuccess, type PlannedCall, pushCalls } from '../../local/simulator/platform.ts'
import { createRandom } from '../../local/simulator/random.ts'
import { readSecrets, signBody, signHeaders, toReceiver } from '../../local/simulator/signing.ts'
import { type Plan, planCalls, planHangups } from '../../local/simulator/simulation.ts'
import { splitAicc } from '../../shared/aicc.ts'
import { verifyAiccSignature } from '../../shared/aicc-signature.ts'
import { type CallRecord, toCallRecord } from '../../shared/call-record.ts'
import { foldCall } from '../../shared/fold-call.ts'
import { splitVoiceCall } from '../../shared/voice-call.ts'
import { parseAkskSecrets, verifyAksk } from '../../shared/x-aksk.ts'
import { settings } from '../shared/messages.ts'

const draw = (seed: number, index: number, oddShare: number) => {
  const random = createRandom(seed, index)
  const life = shiftLife(drawLife(random, String(seed), index), Date.UTC(2026, 0, 27, 8) / 1000)
  const odd = drawDeviations(random, oddShare)
  const cdr = toCdrRecord(life, odd)
  const events = toStatusMessages(life, odd)
  const bodies = random.shuffle([...events.map(({ body }) => body), { eventType: 'fee', feeLst: [cdr] }])
  const facts = bodies.flatMap((body) => splitVoiceCall(JSON.stringify(body)).found.map(({ fact }) => fact))
  const expected = toExpected(life, odd, cdr, events.length + 1)
  return { life, odd, expected, record: toCallRecord(foldCall(expected.callId, facts, settings)) }
}

const plan: Plan = {
  calls: 300,
  run: 'r',
  rate: 0,
  concurrent: 90,
  seed: 3,
  hour: 10,
  outOfOrder: 0.2,
  late: 0.2,
  lostAnswer: 0.2,
  odd: 0.3,
  aicc: 0,
  hostile: 0,
}

describe('the model and the fold', () => {
  test('agree on every field of thousands of calls of every kind', () => {
    const seen = new Set<string>()
    for (let index = 0; index < 5000; index++) {
      const { life, odd, expected, record } = draw(7, index, 0.5)
      const name = `${life.outcome.scenario}: ${life.outcome.name}`
      seen.add(name)
      expect(compareRecord(expected, record), `${index} ${name} ${JSON.stringify(odd)}`).toEqual([])
    }
    expect(seen.size).toBe(outcomes.length)
  })

  test('agree on every field of AICC', () => {
    const hangups = planHangups({ ...plan, calls: 2000, aicc: 1 })
    const seen = new Set(
      hangups.map(({ body, expected }) => {
        const signed = signBody(body, 'k'.repeat(16), createRandom(1, 1), new Date())
        const facts = splitAicc(JSON.stringify(signed)).found.map(({ fact }) => fact)
        const record = toCallRecord(foldCall(expected.callId, facts, settings))
        expect(compareRecord(expected, record)).toEqual([])
        return record.disposition
      }),
    )
    expect([...seen].sort()).toEqual(['answered', 'failed', 'no-answer'])
  })

  test('a record that differs in any one field is told by that field', () => {
    const { expected, record } = draw(7, 7, 0)
    const { id, edition, ...compared } = record
    expect(Object.keys(compared).length).toBeGreaterThan(12)
    for (const name of Object.keys(compared)) {
      const wrong = { ...record, [name]: 'something else' } as unknown as CallRecord
      if (name !== 'failure') expect(compareRecord(expected, wrong).map(({ field }) => field)).toEqual([name])
      const { [name as keyof CallRecord]: _, ...without } = record
      const found = compareRecord(expected, without as CallRecord)
      expect(found).toMatchObject([{ field: name, found: undefined }])
    }
    expect(compareRecord(expected, { ...record, problems: [] })).toEqual([
      { field: 'problems', expected: undefined, found: [] },
    ])
    const [first] = record.legs
    const legs = first ? [{ ...first, number: '+86' }, first, first] : []
    expect(compareRecord(expected, { ...record, legs }).map(({ field }) => field)).toEqual(
      expect.arrayContaining(['legs.0.number', 'legs.2']),
    )
  })
})

describe('what the platform signs', () => {
  test('is valid by the rules that the receiver has of its own', () => {
    const urls = ['https://callback.example.com/status', 'https://callback.example.com/cdr'] as const
    const secrets = JSON.stringify({ urls, apps: { app: ['secret'] } })
    const now = new Date()
    for (let index = 0; index < 100; index++) {
      const random = createRandom(1, index)
      const headers = signHeaders({ urls: [...urls], app: 'app', secret: 'secret' }, random, now)
      expect(verifyAksk(headers, parseAkskSecrets(secrets), 300, now)).toBe('valid')
      const [hangup] = planHangups({ ...plan, seed: index, calls: 1, aicc: 1 })
      const body = signBody(hangup?.body ?? {}, 'k'.repeat(16), random, now)
      expect(verifyAiccSignature(body, ['k'.repeat(16)], 300, now)).toBe('valid')
    }
  })

  test('is nothing without secrets, and what they are is read from the environment', () => {
    expect(readSecrets({ CALLBACK_TOKENS: '' })).toEqual({ token: undefined, voiceCall: undefined, aiccKey: undefined })
    expect(
      readSecrets({
        CALLBACK_TOKENS: '["a","b"]',
        VOICE_CALL_SECRETS: '{"urls":["u"],"apps":{"app":["new","old"],"other":["x"]}}',
        AICC_KEYS: '["k"]',
      }),
    ).toEqual({ token: 'a', voiceCall: { urls: ['u'], app: 'app', secret: 'new' }, aiccKey: 'k' })
    for (const name of ['CALLBACK_TOKENS', 'VOICE_CALL_SECRETS', 'AICC_KEYS'])
      for (const value of ['x', '{}', '[]'])
        expect(() => readSecrets({ [name]: value })).toThrow(`Cannot start: found something else in ${name}`)
  })
})

describe('a plan', () => {
  test('gives the same calls for the same seed and other calls for another', () => {
    expect(planCalls(plan)).toEqual(planCalls(plan))
    expect(planCalls({ ...plan, seed: 4 })).not.toEqual(planCalls(plan))
    expect(planCalls(plan).flat()).toHaveLength(300)
    expect(new Set(planCalls(plan).flatMap((calls) => calls.map(({ life }) => life.sessionId))).size).toBe(300)
  })

  test('troubles change no call', () => {
    const lives = (shares: Partial<Plan>) =>
      planCalls({ ...plan, ...shares })
        .flat()
        .map(({ life }) => life)
    expect(lives({ outOfOrder: 1, late: 1, lostAnswer: 1 })).toEqual(lives({ outOfOrder: 0, late: 0, lostAnswer: 0 }))
  })

  test('gives calls that are sent otherwise ids of their own', () => {
    const ids = (other: Partial<Plan>) =>
      planCalls({ ...plan, ...other }).flatMap((calls) => calls.map(({ life }) => life.sessionId))
    const known = new Set(ids({}))
    for (const other of [{ seed: 4 }, { calls: 299 }, { odd: 0 }, { run: 's' }])
      expect(ids(other).filter((id) => known.has(id))).toEqual([])
  })

  test('has calls that end together, over fifty at times', () => {
    const sizes = planCalls({ ...plan, calls: 5000 }).map((calls) => {
      expect(new Set(calls.map(({ life }) => life.ended)).size).toBe(1)
      return calls.length
    })
    expect(Math.max(...sizes)).toBeGreaterThan(50)
    expect(Math.min(...sizes)).toBe(1)
  })
})

describe('the platform', () => {
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  /** A receiver that answers as it is told and keeps what it was sent. */
  const startReceiver = async (answer: (path: string, pushes: number) => { status: number; body: string }) => {
    const received: { path: string; body: string; headers: IncomingMessage['headers'] }[] = []
    const connections = new Set<unknown>()
    const server = createServer(async (request, response) => {
      connections.add(request.socket)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const [path, body] = [request.url ?? '', Buffer.concat(chunks).toString()]
      received.push({ path, body, headers: request.headers })
      const { status, body: text } = answer(path, received.filter((one) => one.body === body).length)
      response.writeHead(status).end(text)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(() => server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    return {
      received,
      connections,
      urls: toReceiver(
        { statusUrl: `${url}/status`, cdrUrl: `${url}/cdr`, hangupUrl: `${url}/hangup` },
        readSecrets({}),
      ),
    }
  }
  const live = async (calls: readonly PlannedCall[], answer: Parameters<typeof startReceiver>[0], lostAnswer = 0) => {
    const tally = createTally()
    const { received, connections, urls } = await startReceiver(answer)
    await pushCalls(calls, urls, { run: 'r', seed: 1, hour: 20, lostAnswer, hostile: 0 }, tally)
    return { tally, received, connections }
  }
  const planned = (scenario: string, shares: Partial<Plan> = {}) => {
    const calls = planCalls({ ...plan, calls: 1000, outOfOrder: 0, late: 0, odd: 0, ...shares })
    const found = calls.flat().find(({ life, events }) => life.outcome.scenario === scenario && events.length > 4)
    if (!found) throw new Error(`no ${scenario}`)
    return found
  }
  const good = { status: 200, body: '{"resultcode":"0","resultdesc":"Success"}' }

  test('takes 200 for a success unless the resultcode says otherwise, and nothing else', () => {
    for (const body of ['', 'ok', '{}', 'null', '[]', '{"resultcode":"0"}']) expect(isSuccess(200, body)).toBe(true)
    for (const body of ['{"resultcode":"1"}', '{"resultcode":0}', '{"resultcode":null}'])
      expect(isSuccess(200, body)).toBe(false)
    for (const status of [0, 201, 202, 204, 301, 400, 500, 503]) expect(isSuccess(status, good.body)).toBe(false)
  })

  test('pushes status events in order, then the CDR, each over a connection of its own', async () => {
    const call = planned('call-back')
    const { tally, received, connections } = await live([call], () => good)
    expect(received.map(({ body }) => JSON.parse(body))).toEqual([
      ...call.events.map(({ body }) => body),
      { eventType: 'fee', feeLst: [call.cdr] },
    ])
    expect(received.map(({ path }) => path)).toEqual([...call.events.map(() => '/status'), '/cdr'])
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      connection: 'close',
    })
    expect(connections.size).toBe(received.length)
    expect(tally).toEqual({
      callbacks: received.length,
      rePushes: 0,
      lostEvents: 0,
      lostCdrs: 0,
      lostHangups: 0,
      hostile: {},
    })
  })

  test('never pushes a status event again, and a CDR six times more', async () => {
    const call = planned('call-back')
    const { tally, received } = await live([call], () => ({ status: 204, body: '' }))
    expect(received.filter(({ path }) => path === '/status')).toHaveLength(call.events.length)
    expect(received.filter(({ path }) => path === '/cdr')).toHaveLength(7)
    expect(tally).toEqual({
      callbacks: call.events.length + 7,
      rePushes: 6,
      lostEvents: call.events.length,
      lostCdrs: 1,
      lostHangups: 0,
      hostile: {},
    })
  })

  test('pushes a CDR until it is taken', async () => {
    const { tally, received } = await live([planned('notification')], (path, pushes) =>
      path === '/cdr' && pushes < 3 ? { status: 200, body: '{"resultcode":"1"}' } : good,
    )
    expect(received.filter(({ path }) => path === '/cdr')).toHaveLength(3)
    expect(tally).toMatchObject({ rePushes: 2, lostEvents: 0, lostCdrs: 0, lostHangups: 0, hostile: {} })
  })

  test('pushes a CDR again whose answer it did not hear, which loses nothing', async () => {
    const call = planned('call-back')
    const { tally, received } = await live([call], () => good, 1)
    expect(received.filter(({ path }) => path === '/status')).toHaveLength(call.events.length)
    expect(received.filter(({ path }) => path === '/cdr')).toHaveLength(7)
    expect(tally).toMatchObject({ lostEvents: 0, lostCdrs: 0, lostHangups: 0, hostile: {} })
  })

  test('pushes everything of a private number again', async () => {
    const call = planned('private-number')
    const { received } = await live([call], (_, pushes) => (pushes < 2 ? { status: 500, body: '' } : good))
    expect(received).toHaveLength(2 * (call.events.length + 1))
  })

  test('pushes out of order and late when it is told so', async () => {
    const shuffled = planned('call-back', { outOfOrder: 1 })
    const order = await live([shuffled], () => good)
    const bodies = order.received.slice(0, -1).map(({ body }) => JSON.parse(body))
    expect(bodies).not.toEqual(shuffled.events.map(({ body }) => body))
    expect(bodies).toEqual(expect.arrayContaining(shuffled.events.map(({ body }) => body)))
    const { received } = await live([planned('call-back', { late: 1 })], () => good)
    expect(received.at(-1)?.path).toBe('/status')
  })

  test('merges the CDRs of calls that end together, by product, at most 50 in a message', async () => {
    const isPrivate = ({ life }: PlannedCall) => life.outcome.scenario === 'private-number'
    const groups = planCalls({ ...plan, calls: 5000, late: 0, odd: 0 })
    const group =
      groups.find((calls) => calls.some(isPrivate) && calls.filter((call) => !isPrivate(call)).length > 50) ?? []
    const { received } = await live(group, () => good)
    const messages = received.filter(({ path }) => path === '/cdr').map(({ body }) => JSON.parse(body).feeLst)
    const ofPrivate = group.filter(isPrivate).length
    expect(messages.map(({ length }) => length).sort((a, b) => b - a)).toEqual(
      [50, group.length - ofPrivate - 50, ofPrivate].sort((a, b) => b - a),
    )
    for (const records of messages)
      expect(new Set(records.map(({ direction }: { direction: number }) => direction)).size).toBe(1)
  })

  test('re-pushes Voice Call by the hour beside PrivateNumber', async () => {
    const group = [planned('call-back'), planned('private-number')]
    const { received } = await live(group, (path) => (path === '/cdr' ? { status: 500, body: '' } : good))
    const pushes = received.filter(({ path }) => path === '/cdr').map(({ body }) => body)
    expect(new Set(pushes).size).toBe(2)
    expect(pushes).toHaveLength(14)
  })

  test('a receiver that is not there has lost everything', async () => {
    const call = planned('call-back')
    const tally = createTally()
    const url = 'http://127.0.0.1:1'
    const nowhere = { statusUrl: url, cdrUrl: url, hangupUrl: url, secrets: readSecrets({}) }
    await pushCalls([call], nowhere, { run: 'r', seed: 1, hour: 5, lostAnswer: 0, hostile: 0 }, tally)
    expect(tally).toMatchObject({ lostEvents: call.events.length, lostCdrs: 1 })
  })
})
