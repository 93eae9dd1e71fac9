import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { samples } from '../../local/page/samples.ts'
import { createRandom } from '../../local/simulator/random.ts'
import { toCallRecord } from '../../shared/call-record.ts'
import type { Fact } from '../../shared/fact.ts'
import { foldCall } from '../../shared/fold-call.ts'
import { sourceOf, sources } from '../../shared/source.ts'
import { settings } from '../shared/messages.ts'

/** The facts of each call that samples have pushed. */
const calls = new Map<string, Fact[]>()
const server = createServer(async (request, response) => {
  const body = await text(request)
  response.end()
  for (const { callId, fact } of sources[sourceOf(request.url?.slice(1) ?? '')].split(body).found)
    calls.set(callId, [...(calls.get(callId) ?? []), fact])
})
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.close()
})

test('every sample call has just ended, and shows something of what it is about', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const receiver = {
    statusUrl: `${url}/voice-call`,
    cdrUrl: `${url}/voice-call`,
    hangupUrl: `${url}/aicc`,
    secrets: { token: undefined, voiceCall: undefined, aiccKey: undefined },
  }
  const now = new Date()
  const ofCalls = samples.filter(({ name }) => name !== 'quarantined' && name !== 'refused')
  const draws = [...Array(20).keys()].flatMap((n) =>
    ofCalls.map(({ send }) => send(receiver, new Date(now.getTime() + n), createRandom(n, 0))),
  )
  await Promise.all(draws)
  // Calls that begin in one second may have one id.
  expect(calls.size).toBeGreaterThan(2 * ofCalls.length)
  for (const [callId, facts] of calls) {
    const { endedAt, legs } = toCallRecord(foldCall(callId, facts, settings))
    const ended = Date.parse(endedAt ?? '')
    expect(ended).toBeLessThanOrEqual(now.getTime() + 1000)
    expect(ended).toBeGreaterThan(now.getTime() - 130_000)
    if (callId.startsWith('aicc/')) continue
    for (const { ringingAt, answeredAt } of legs)
      if (answeredAt) expect(Date.parse(answeredAt) - Date.parse(ringingAt ?? '')).toBeGreaterThanOrEqual(2000)
  }
})
