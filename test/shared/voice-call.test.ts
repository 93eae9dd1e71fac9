import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFact } from '../../shared/fact.ts'
import type { JsonObject } from '../../shared/json.ts'
import { toReceived } from '../../shared/source.ts'
import { readVoiceCall, splitVoiceCall, voiceCallReception } from '../../shared/voice-call.ts'
import { runs } from '../random.ts'
import { cdr, readFixture, status } from './messages.ts'

const split = (body: unknown) => splitVoiceCall(JSON.stringify(body))
const back = ({ found }: ReturnType<typeof split>) =>
  found.map(({ callId, fact }) => toReceived(callId, readFact(fact)))

const fixtures = [
  'call-back-cdr-answered',
  'call-back-status-sequence-answered',
  'notification-cdr-answered',
  'notification-cdr-busy',
  'notification-status-collect-info',
  'notification-status-sequence-collect',
  'status-callout',
]

describe('split', () => {
  for (const name of fixtures)
    test(`every field of ${name} can be had back`, async () => {
      const messages = await readFixture(name)
      for (const message of messages) expect(back(split(message))).toEqual([message])
    })

  test('undocumented fields, their types and what stands around the record can be had back', () => {
    const odd = {
      n: 1.5,
      b: false,
      nil: null,
      list: [1, { deep: [] }],
      object: { __proto__: 1 },
      '': 'empty',
      键: '值',
    }
    const message = { ...status('answer', '10:00:00', odd), reseller: { id: 7 }, feeLst: 'odd' }
    expect(back(split(message))).toEqual([message])
    const record = { ...odd, sessionId: 's', fee: '1.20', direction: '0' }
    const two = { eventType: 'fee', statusInfo: null, sentAt: 'now', feeLst: [record, { ...record, sessionId: 't' }] }
    expect(back(split(two))).toEqual(two.feeLst.map((one) => ({ ...two, feeLst: [one] })))
  })

  test('any JSON in a record can be had back', () => {
    const json = fc.jsonValue({ maxDepth: 5 })
    const record = fc.dictionary(fc.string(), json).map((fields) => ({ ...fields, sessionId: 's' }))
    fc.assert(
      fc.property(record, fc.constantFrom('answer', 'fee', 'cdr', 'event', 'Ab-1', '呼出'), (statusInfo, eventType) => {
        const message = eventType === 'fee' ? { eventType, feeLst: [statusInfo] } : { eventType, statusInfo }
        // JSON knows no negative zero, so what counts is what came over the wire.
        expect(back(split(message))).toEqual([JSON.parse(JSON.stringify(message))])
      }),
      runs(100),
    )
  })

  test('a fact does not repeat what its call and its name already say', () => {
    const [found] = split(status('answer', '10:00:00', { called: '+861' })).found
    expect(found?.callId).toBe('voice-call/s')
    expect(found?.fact.name).toMatch(/^answer:[\w-]{16}$/)
    expect(found?.fact.text).toBe('{"called":"+861","timestamp":"2026-01-27 10:00:00"}')
  })

  test('the same record gives the same fact whatever the order of its keys, and another record another', () => {
    const name = (body: string) => splitVoiceCall(body).found[0]?.fact.name
    const one = name('{"eventType":"answer","statusInfo":{"sessionId":"s","a":1,"b":2}}')
    expect(name('{"statusInfo":{"b":2, "a":1,"sessionId":"s"},"eventType":"answer"}')).toBe(one)
    expect(name('{"eventType":"answer","statusInfo":{"sessionId":"s","a":1,"b":"2"}}')).not.toBe(one)
    expect(name('{"eventType":"answer","statusInfo":{"sessionId":"s","a":1,"b":2},"c":3}')).not.toBe(one)
    expect(name('{"eventType":"alerting","statusInfo":{"sessionId":"s","a":1,"b":2}}')).not.toBe(one)
  })

  test('an event cannot pass for a CDR, nor a strange name for a kind', () => {
    for (const eventType of ['cdr', 'hangup', 'event', 'a:b', 'x'.repeat(33), '1', '呼出', ' ']) {
      const [found] = split({ eventType, statusInfo: { sessionId: 's' } }).found
      expect(found?.fact.name).toMatch(/^event:/)
      expect(found?.fact.text).toBe(JSON.stringify([{}, { eventType }]))
    }
  })

  test('one bad record among good ones costs only itself', () => {
    const bad: readonly [unknown, string, string][] = [
      [null, 'not-a-record', 'Cannot read the record: found null, wanted an object'],
      ['text', 'not-a-record', 'Cannot read the record: found text, wanted an object'],
      [[], 'not-a-record', 'Cannot read the record: found an array of 0, wanted an object'],
      [{}, 'no-session-id', 'Cannot tell the call: found nothing as sessionId, wanted text'],
      [{ sessionid: 's' }, 'no-session-id', 'Cannot tell the call: found nothing as sessionId, wanted text'],
      [{ sessionId: '' }, 'no-session-id', 'Cannot tell the call: found empty text as sessionId, wanted text'],
      [{ sessionId: 1e16 }, 'no-session-id', 'Cannot tell the call: found a number as sessionId, wanted text'],
      [
        { sessionId: 'x'.repeat(257) },
        'bad-session-id',
        'Cannot tell the call: found 257 characters as sessionId, wanted at most 256',
      ],
      [
        { sessionId: 'a\ud800' },
        'bad-session-id',
        'Cannot tell the call: found half a surrogate pair as sessionId, wanted well-formed Unicode',
      ],
    ]
    const good = { sessionId: 'x'.repeat(256) }
    for (const [record, code, message] of bad) {
      const { found, rejected } = split({ eventType: 'fee', feeLst: [good, record, good] })
      expect(found).toHaveLength(2)
      expect(rejected).toHaveLength(1)
      expect(rejected[0]?.error).toMatchObject({ code, message })
      expect(rejected[0]?.error.pointer).toBe(code === 'not-a-record' ? '/feeLst/0' : '/feeLst/0/sessionId')
      expect(JSON.parse(rejected[0]?.body ?? '')).toEqual({ eventType: 'fee', feeLst: [record] })
    }
  })

  test('a status event without its call is rejected whole', () => {
    const body = { eventType: 'answer', statusInfo: { timestamp: 'x' } }
    const { rejected } = split(body)
    expect(rejected[0]).toMatchObject({ body: JSON.stringify(body), error: { pointer: '/statusInfo/sessionId' } })
    expect(split({ eventType: 'answer' }).rejected[0]?.error.pointer).toBe('/statusInfo')
  })

  test('a record nested too deep is rejected alone, or with the body as it was received where it cannot be written', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const record = (depth: number) => `{"sessionId":"s","x":${nested(depth)}}`
    const body = (...records: string[]) => `{"eventType":"fee","feeLst":[${records.join()}]}`
    const other = '{"sessionId":"s"}'
    expect(splitVoiceCall(body(other, record(60))).found).toHaveLength(2)
    for (const [depth, index, rest] of [
      [65, 0, body(record(65))],
      [100_000, 1, body(other, record(100_000))],
    ] as const) {
      const { found, rejected } = splitVoiceCall(body(other, record(depth)))
      expect(found).toHaveLength(1)
      expect(rejected).toMatchObject([{ error: { code: 'too-deep', pointer: `/feeLst/${index}` }, body: rest }])
    }
  })

  test('a fact has a callback of its own, which gives the same fact', () => {
    const body = { eventType: 'fee', sentAt: 1, feeLst: [{ sessionId: 's', a: 1 }, { sessionId: 't' }] }
    for (const { callId, fact, body: alone } of split(body).found)
      expect(splitVoiceCall(alone()).found).toMatchObject([{ callId, fact }])
    const event = JSON.stringify(status('answer', '10:00:00'))
    expect(splitVoiceCall(event).found[0]?.body()).toBe(event)
  })

  test('more records than any platform sends are refused whole', () => {
    const records = (count: number) => Array.from({ length: count }, (_, n) => ({ sessionId: `${n}` }))
    expect(split({ eventType: 'fee', feeLst: records(500) }).found).toHaveLength(500)
    expect(() => split({ eventType: 'fee', feeLst: records(501) })).toThrow(
      expect.objectContaining({ code: 'too-many-records', pointer: '/feeLst' }),
    )
    const around = { eventType: 'fee', x: 'x'.repeat(100_000) }
    expect(split({ ...around, feeLst: records(50) }).found).toHaveLength(50)
    expect(() => split({ ...around, feeLst: records(100) })).toThrow(
      /found 100 records in 10\d{4} characters, wanted at most 500/,
    )
  })

  test('a record that would be longer alone than all together stays in the body as it was received', () => {
    const body = `{"eventType":"fee","feeLst":[null,{"x":[${Array(50).fill('1e20').join()}]}]}`
    expect(splitVoiceCall(body).rejected[1]?.body).toBe(body)
  })

  test('a session id that came as a number is a call all the same, and stays a number', () => {
    const message = { eventType: 'answer', statusInfo: { sessionId: 12345 } }
    expect(split(message).found[0]?.callId).toBe('voice-call/12345')
    expect(back(split(message))).toEqual([message])
  })

  test('a message without CDRs is nothing, unless it says something else', () => {
    for (const empty of [{}, { feeLst: [] }, { feeLst: null }])
      expect(split({ eventType: 'fee', ...empty })).toEqual({ found: [], rejected: [] })
    for (const [odd, found] of [
      [{ feeList: [] }, 'nothing'],
      [{ feeLst: {} }, 'an object'],
      [{ feeLst: [], x: 1 }, 'an array of 0'],
    ] as const)
      expect(() => split({ eventType: 'fee', ...odd })).toThrow(
        expect.objectContaining({
          code: 'no-records',
          pointer: '/feeLst',
          message: `Cannot read the CDRs: found ${found}, wanted an array of records`,
        }),
      )
  })

  test('what is no callback is refused with what was found', () => {
    const cases: readonly [string, string][] = [
      ['', 'not-json'],
      ['[]', 'not-an-object'],
      ['{}', 'no-event-type'],
      ['{"eventType":1}', 'no-event-type'],
    ]
    for (const [body, code] of cases) expect(() => splitVoiceCall(body)).toThrow(expect.objectContaining({ code }))
    expect(() => voiceCallReception.check({ eventType: 'unheardOf' })).not.toThrow()
    expect(() => voiceCallReception.check({ eventType: '' })).toThrow(
      'found empty text as eventType, wanted text such as "answer" or "fee"',
    )
  })
})

describe('read', () => {
  const read = (message: JsonObject) => {
    const [found] = split(message).found
    if (!found) throw new Error('no fact')
    return readVoiceCall(readFact(found.fact))
  }

  test('times are UTC, with one blank or more; what is none is a problem', () => {
    const at = (timestamp: unknown) => {
      const told = read({ eventType: 'answer', statusInfo: { sessionId: 's', timestamp: timestamp as string } })
      return [told.kind === 'status-event' && told.at, told.problems.map(({ message }) => message)]
    }
    const time = Date.UTC(2016, 11, 26, 1, 19, 46)
    expect(at('2016-12-26 01:19:46')).toEqual([time, []])
    expect(at('2016-12-26  01:19:46')).toEqual([time, []])
    expect(at(' 2016-12-26 01:19:46 ')).toEqual([time, []])
    for (const absent of ['', null]) expect(at(absent)).toEqual([undefined, []])
    for (const bad of ['2016-02-30 01:19:46', '2016-12-26T01:19:46Z', '2016-12-26 24:00:00', 'yesterday'])
      expect(at(bad)).toEqual([undefined, ['timestamp: found text, wanted a time']])
    expect(at(1482715186)).toEqual([undefined, ['timestamp: found a number, wanted a time']])
  })

  test('numbers may be text and text numbers', () => {
    const told = read(cdr({ direction: '0', calleeNum: 8613800000021, callOutUnaswRsn: '17', sipStatusCode: '0' }))
    expect(told).toMatchObject({ legs: [{ number: '8613800000021', cause: 17 }], codes: [{ name: 'q850', value: 17 }] })
  })

  test('empty text is absent', () => {
    const told = read(
      cdr({ fwdDstNum: '', fwdAnswerTime: '', dynIVRPath: '', serviceType: '', recordObjectName: '', userData: '' }),
    )
    expect(told).toMatchObject({
      scenario: undefined,
      digits: undefined,
      recording: undefined,
      userData: undefined,
      problems: [],
    })
    expect(told.kind === 'cdr' && told.legs).toHaveLength(1)
  })

  test('a recording is told by its file or its link', () => {
    const told = read(
      cdr({
        recordFlag: 1,
        recordObjectName: 'a.wav',
        recordBucketName: 'dir',
        recordDomain: 'd',
        recordStartTime: '10:00:00',
      }),
    )
    expect(told).toMatchObject({
      recording: {
        fileName: 'a.wav',
        directory: 'dir',
        domain: 'd',
        url: undefined,
        keptDays: 7,
        startedAt: Date.UTC(2026, 0, 27, 10),
      },
    })
    expect(read(cdr({ recordFileDownloadUrl: 'https://r/a' }))).toMatchObject({ recording: { url: 'https://r/a' } })
    expect(read(cdr({ recordFlag: 1 }))).toMatchObject({ recording: undefined })
  })
})

test("a callback of AICC is told where to go, one of Voice Call isn't", () => {
  const refused = (body: JsonObject) => () => voiceCallReception.check(body)
  expect(refused({ callSerialNo: '1' })).toThrow('AICC pushes to /hangup')
  expect(refused({})).toThrow('found nothing as eventType')
  expect(refused({ eventType: 'answer', callSerialNo: '1' })).not.toThrow()
})
