import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { aiccReception, splitAicc } from '../../shared/aicc.ts'
import type { FoldSettings } from '../../shared/call.ts'
import { toCallRecord } from '../../shared/call-record.ts'
import { toCallView } from '../../shared/call-view.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { JsonObject } from '../../shared/json.ts'
import { settings } from './messages.ts'

const documented: JsonObject = JSON.parse(
  await readFile(new URL('../fixtures/aicc/hangup-answered.json', import.meta.url), 'utf8'),
)
const factsOf = (...bodies: JsonObject[]) =>
  bodies.flatMap((body) => splitAicc(JSON.stringify(body)).found.map(({ fact }) => fact))
const record = (body: JsonObject, changed: Partial<FoldSettings> = {}) =>
  toCallRecord(foldCall('aicc/1', factsOf({ callSerialNo: '1', ...body }), { ...settings, ...changed }))
const { callSerialNo: _, ...answered } = documented
const times = {
  createCallTime: '2022/02/22,10:04:28:823',
  alertingTime: '2022/02/22,10:04:29:004',
  releaseTime: '2022/02/22,10:04:36:318',
}

test('the documented message is an answered notification of 5.9 seconds', () => {
  const [found] = splitAicc(JSON.stringify(documented)).found
  expect(found?.callId).toBe('aicc/1197765398201387012')
  expect(record(answered)).toEqual({
    id: 'aicc/1#1.1',
    callId: 'aicc/1',
    source: 'aicc',
    revision: 1,
    edition: 1,
    scenario: 'notification',
    completeness: 'complete',
    disposition: 'answered',
    startedAt: '2022-02-22T10:04:28.823Z',
    ringingAt: '2022-02-22T10:04:29.004Z',
    answeredAt: '2022-02-22T10:04:30.418Z',
    endedAt: '2022-02-22T10:04:36.318Z',
    ringSeconds: 1414 / 1000,
    talkSeconds: 5.9,
    legs: [
      {
        party: 'A',
        number: '88880067',
        displayNumber: '960003',
        startedAt: '2022-02-22T10:04:28.823Z',
        ringingAt: '2022-02-22T10:04:29.004Z',
        answeredAt: '2022-02-22T10:04:30.418Z',
        seconds: 5.9,
      },
    ],
    recording: { fileName: 'Y:/2/mobileAgent/20220222/1645524268-824.wav' },
    cdr: { callSerialNo: '1', ...answered },
  })
})

test('every field can be had back, and a repeat that is signed anew is the same fact', () => {
  const again = { ...documented, timestamp: '1645524999999', nonce: '7', signature: 'x' }
  const facts = factsOf(documented, again)
  expect(new Set(facts.map(({ name }) => name)).size).toBe(1)
  const callId = 'aicc/1197765398201387012'
  expect(toCallView({ callId, facts: facts.slice(0, 1) }, settings).events).toEqual([
    { event: 'hangup', at: '2022-02-22T10:04:36.318Z', received: documented },
  ])
  const other = factsOf({ ...documented, releaseReason: '1' })
  expect(other[0]?.name).not.toBe(facts[0]?.name)
})

describe('times', () => {
  test('are in the zone that the setting names', () => {
    expect(record(answered, { aiccUtcOffset: 480, edition: 2 })).toMatchObject({
      id: 'aicc/1#1.3',
      endedAt: '2022-02-22T02:04:36.318Z',
      talkSeconds: 5.9,
    })
  })

  test('that cannot be read are problems, and absent ones are none', () => {
    for (const releaseTime of ['2022-02-22 10:04:36', '2022/02/30,10:04:36:318', '2022/02/22,10:04:36.318'])
      expect(record({ ...times, releaseTime }).problems).toMatchObject([{ code: 'bad-time' }])
    for (const talkingTime of ['', null]) expect(record({ ...times, talkingTime })).not.toHaveProperty('problems')
    expect(record({ ...times, talkingTime: 'x' })).not.toHaveProperty('disposition')
  })
})

describe('an unanswered call', () => {
  test('is counted by its releaseReason', () => {
    const cases: readonly [string | number, string, string][] = [
      ['4', 'no-answer', 'rejected or not answered'],
      [6, 'failed', 'failed before ringing'],
      ['8', 'failed', 'no resources'],
      ['9', 'failed', 'queue timed out'],
      ['10', 'failed', 'call restricted'],
      ['999', 'failed', 'recording conference could not start'],
      ['77', 'no-answer', 'not documented'],
    ]
    for (const [releaseReason, disposition, meaning] of cases) {
      const found = record({ ...times, releaseReason })
      expect(found).toMatchObject({ disposition, ringSeconds: 7.314 })
      expect(found.failure?.codes).toEqual([{ name: 'releaseReason', value: Number(releaseReason), meaning }])
      for (const absent of ['talkSeconds', 'answeredAt', 'billableMinutes']) expect(found).not.toHaveProperty(absent)
    }
  })

  test('is not made of one that was connected and whose answer time is missing', () => {
    for (const releaseReason of ['0', '1']) {
      const found = record({ ...times, releaseReason })
      for (const unknown of ['disposition', 'failure', 'ringSeconds']) expect(found).not.toHaveProperty(unknown)
    }
  })
})

test("the look-alike of bidirectional calls is kept, but its reasons are not read with a notification's table", () => {
  for (const field of ['serviceNo', 'caller', 'callData']) {
    const found = record({ ...times, releaseReason: '10', [field]: 'x' })
    expect(found).toMatchObject({ scenario: 'unknown', disposition: 'no-answer' })
    expect(found.failure?.codes).toEqual([{ name: 'releaseReason', value: 10, meaning: 'not documented' }])
  }
})

describe('what cannot be a call', () => {
  test('is refused with what was found', () => {
    const cases: readonly [JsonObject, string, string][] = [
      [{}, 'bad-call-serial-no', 'found nothing as callSerialNo'],
      [{ callSerialNo: 1e18 }, 'bad-call-serial-no', 'found a number as callSerialNo'],
      ...['', 'x'.repeat(51), 'a b', 'a,called=1', 'a_b', '键', '1\n'].map(
        (callSerialNo): [JsonObject, string, string] => [
          { callSerialNo },
          'bad-call-serial-no',
          'wanted text of 1 to 50 letters, digits or -',
        ],
      ),
      [
        { callSerialNo: '1', eventType: 'fee' },
        'other-platform',
        'found an eventType, wanted a hang-up callback of AICC',
      ],
    ]
    for (const [body, code, message] of cases)
      for (const attempt of [() => aiccReception.check(body), () => splitAicc(JSON.stringify(body))])
        expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
    expect(() => aiccReception.check({ callSerialNo: 'x'.repeat(50) })).not.toThrow()
  })

  test('is refused in the words of the platform', () => {
    expect(aiccReception.refuse('not-json', 'found text')).toEqual({ retCode: 'not-json', retMsg: 'found text' })
    expect(aiccReception.success).toEqual({ retCode: '0', retMsg: 'success' })
  })
})

test('a field nested too deep is rejected with the body as it was received', () => {
  const body = `{"callSerialNo":"1","x":${'['.repeat(70)}${']'.repeat(70)}}`
  expect(splitAicc(body)).toMatchObject({ found: [], rejected: [{ error: { code: 'too-deep' }, body }] })
  expect(splitAicc('{"callSerialNo":"1"}').found[0]?.body()).toBe('{"callSerialNo":"1"}')
})
