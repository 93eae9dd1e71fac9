import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '../../local/simulator/random.ts'
import { signBody } from '../../local/simulator/signing.ts'
import { type Plan, planCalls, planHangups } from '../../local/simulator/simulation.ts'
import type { FoldSettings } from '../../shared/call.ts'
import { type CallRecord, toCallRecord } from '../../shared/call-record.ts'
import { toText } from '../../shared/call-records-topic.ts'
import type { Found } from '../../shared/fact.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { Json, JsonObject } from '../../shared/json.ts'
import { sources } from '../../shared/source.ts'
import { runs } from '../random.ts'
import { cdr, readFixture, settings, status } from '../shared/messages.ts'
import { openCallRecordSchema, readDocument } from './validation.ts'

let check: (value: unknown) => string
beforeAll(async () => {
  check = await openCallRecordSchema()
})

/** The words that came in a field which has a closed set of them. */
const seen = new Map<string, Set<string>>()
const see = (field: string, word: string | undefined) => {
  if (word !== undefined) seen.set(field, (seen.get(field) ?? new Set()).add(word))
}

/** Folds the facts of one call and checks its record as it goes into a message. */
const expectValid = (found: readonly Pick<Found, 'callId' | 'fact'>[], by: FoldSettings = settings): CallRecord => {
  const callId = found[0]?.callId ?? ''
  const facts = found.map(({ fact }) => fact)
  const text = toText(toCallRecord(foldCall(callId, facts, by)))
  const record: CallRecord = JSON.parse(text)
  expect(check(record), text).toBe('')
  for (const field of ['source', 'scenario', 'completeness', 'disposition'] as const) see(field, record[field])
  for (const { party } of record.legs) see('party', party)
  for (const { name } of record.failure?.codes ?? []) see('name', name)
  for (const { code } of record.problems ?? []) see('code', code)
  return record
}

const splitAll = (source: 'voice-call' | 'aicc', messages: readonly JsonObject[]) =>
  messages.flatMap((message) => sources[source].split(JSON.stringify(message)).found)

const plan: Plan = {
  ...{ calls: 2000, run: 'contract', rate: 0, concurrent: 90, seed: 11, hour: 10 },
  ...{ outOfOrder: 0.2, late: 0.2, lostAnswer: 0, odd: 0.5, aicc: 0, hostile: 0 },
}

describe('the schema of a call record fits', () => {
  test('every revision of thousands of simulated calls, those without a CDR and those of private numbers included', () => {
    let records = 0
    for (const { events, cdr: fee } of planCalls(plan).flat()) {
      const bodies = [...events.map(({ body }) => body), { eventType: 'fee', feeLst: [fee] }]
      const found = splitAll('voice-call', bodies)
      for (let known = 1; known <= found.length; known++) expectValid(found.slice(0, known))
      expectValid(found.slice(-1))
      records += found.length + 1
    }
    expect(records).toBeGreaterThan(8000)
  })

  test('every simulated hang-up of AICC', () => {
    for (const { body } of planHangups({ ...plan, aicc: 1 }))
      expectValid(splitAll('aicc', [signBody(body, 'k'.repeat(16), createRandom(1, 1), new Date())]))
  })

  test("the vendor's documented messages", async () => {
    const names = ['call-back-cdr-answered', 'notification-cdr-answered', 'notification-cdr-busy', 'status-callout']
    const sequences = ['call-back-status-sequence-answered', 'notification-status-sequence-collect']
    for (const name of [...names, ...sequences, 'notification-status-collect-info'])
      expectValid(splitAll('voice-call', await readFixture(name)))
    const hangup = await readFile(new URL('../fixtures/aicc/hangup-answered.json', import.meta.url), 'utf8')
    expect(expectValid(splitAll('aicc', [JSON.parse(hangup)])).talkSeconds).toBe(5.9)
  })

  test('the example of the README, but for what it leaves out', async () => {
    const [, block = ''] = /```json\n(\{\n {2}"id".*?)```/s.exec(await readDocument('../README.md')) ?? []
    const { cdr: _, ...example } = JSON.parse(block)
    const legs = example.legs.map(({ '…': __, ...leg }: { '…': string }) => leg)
    expect(check({ ...example, legs })).toBe('')
  })

  test('whatever else is sent', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'binary', minLength: 100, maxLength: 1500 }),
      fc.nat(90_000).map((n) => `2026-01-27 ${new Date(n * 1000).toISOString().slice(11, 19)}`),
      fc.constantFrom('9999-12-31 23:59:59', '0000-01-01 00:00:00', '2026-02-30 10:00:00', '001', '002', '003', '16'),
    )
    const value: fc.Arbitrary<Json> = fc.oneof(
      { weight: 6, arbitrary: text },
      fc.integer({ min: -2, max: 700 }),
      fc.constantFrom(null, 1.5, 1e300, true, ['x'], { x: [1] }),
    )
    const record = (fields: readonly string[]) =>
      fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] })
    const ofCdr = record([
      ...['callInTime', 'callOutStartTime', 'callOutAlertingTime', 'callOutAnswerTime', 'callEndTime', 'failTime'],
      ...['fwdStartTime', 'fwdAlertingTime', 'fwdAnswerTime', 'recordStartTime', 'dynIVRStartTime', 'dynIVRPath'],
      ...['callerNum', 'calleeNum', 'fwdDstNum', 'fwdDisplayNum', 'direction', 'serviceType', 'appKey', 'userData'],
      ...['recordObjectName', 'recordBucketName', 'recordDomain', 'recordFileDownloadUrl', 'unheardOf'],
      ...['callOutUnaswRsn', 'fwdUnaswRsn', 'sipStatusCode', 'ulFailReason'],
    ])
    const ofStatus = record([
      ...['timestamp', 'caller', 'called', 'stateCode', 'stateDesc', 'partyType', 'digitInfo', 'userData', 'x'],
    ])
    const ofHangup = record([
      ...['called', 'callerPresent', 'createCallTime', 'alertingTime', 'talkingTime', 'releaseTime', 'recordfile'],
      ...['releaseReason', 'talkDuration', 'caller', 'unheardOf'],
    ])
    const event = fc.constantFrom('callin', 'callout', 'alerting', 'answer', 'collectInfo', 'disconnect', '通话')
    const sessionId = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }).filter((id) => id.length <= 256),
      fc.string({ minLength: 256, maxLength: 256 }),
    )
    const messages = fc.tuple(
      fc.array(ofCdr, { maxLength: 2 }),
      fc.array(fc.tuple(event, ofStatus), { minLength: 1, maxLength: 30 }),
    )
    fc.assert(
      fc.property(sessionId, messages, (id, [cdrs, events]) => {
        const found = splitAll('voice-call', [
          { eventType: 'fee', feeLst: cdrs.map((fields) => ({ ...fields, sessionId: id })) },
          ...events.map(([eventType, fields]) => ({ eventType, statusInfo: { ...fields, sessionId: id } })),
        ])
        expect(found).toHaveLength(cdrs.length + events.length)
        expectValid(found)
      }),
      runs(1000),
    )
    fc.assert(
      fc.property(ofHangup, (fields) => {
        expectValid(splitAll('aicc', [{ ...fields, callSerialNo: '1-a' }]))
      }),
      runs(500),
    )
  })

  test('times at the ends of the calendar, which a zone or some days lead out of', () => {
    const end = '9999-12-31 23:59:59'
    const { endedAt, recording } = expectValid(
      splitAll('voice-call', [cdr({ callEndTime: end, recordObjectName: 'a.wav' })]),
    )
    expect({ endedAt, recording }).toEqual({ endedAt: '9999-12-31T23:59:59.000Z', recording: { fileName: 'a.wav' } })
    const hangup = { callSerialNo: '1', createCallTime: '0000/01/01,00:00:00:000', releaseReason: '4' }
    expect(expectValid(splitAll('aicc', [hangup]))).toMatchObject({ startedAt: '0000-01-01T00:00:00.000Z' })
    expect(expectValid(splitAll('aicc', [hangup]), { ...settings, aiccUtcOffset: 480 })).not.toHaveProperty('startedAt')
  })

  test('a CDR that is too large, two different ones, one that status events contradict, and text that is cut', () => {
    const large = Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`f${n}`, 'x'.repeat(1000)]))
    const events = Array.from({ length: 30 }, (_, n) =>
      status('collectInfo', `10:00:${n + 10}`, { digitInfo: '123456789' }),
    )
    const found = expectValid(splitAll('voice-call', [cdr(large), cdr({ ...large, x: 1 }), ...events]))
    expect(found).not.toHaveProperty('cdr')
    expect(found.problems?.map(({ code }) => code)).toEqual(['cdr-left-out', 'several-cdrs', 'text-cut'])
    const cut = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}`, 'x'.repeat(1025)]))
    expect(expectValid(splitAll('voice-call', [cdr(cut)])).problems).toHaveLength(20)
    expect(expectValid(splitAll('voice-call', events)).digits).toHaveLength(256)
    for (const fields of [{ callEndTime: 'x' }, { callEndTime: '10:00:00', callOutAnswerTime: '10:00:01' }])
      expect(expectValid(splitAll('voice-call', [cdr(fields)])).problems).toHaveLength(1)
    const unanswered = cdr({ callOutStartTime: '10:00:00', callEndTime: '10:00:09', callOutUnaswRsn: 17 })
    const differing = expectValid(
      splitAll('voice-call', [unanswered, status('answer', '10:00:05', { called: '+861' })]),
    )
    expect(differing).toMatchObject({ disposition: 'busy', problems: [{ code: 'events-differ' }] })
    const left = expectValid(splitAll('voice-call', [cdr(large)]))
    expect(left.problems).toMatchObject([{ code: 'cdr-left-out' }])
  })

  test('and has no word that never came', async () => {
    const words = new Map<string, Set<string>>()
    const collect = (field: string, value: Json) => {
      if (typeof value !== 'object' || value === null) return
      if ('enum' in value && Array.isArray(value.enum)) words.set(field, new Set(value.enum))
      for (const [name, member] of Object.entries(value)) collect(name, member)
    }
    collect('', JSON.parse(await readDocument('call-record.schema.json')))
    expect([...words.keys()].sort()).toEqual([...seen.keys()].sort())
    for (const [field, wanted] of words) expect([...(seen.get(field) ?? [])].sort(), field).toEqual([...wanted].sort())
  })
})

describe('the schema refuses', () => {
  type Change = readonly [what: string, record: Json]

  const found = () => {
    const answered = cdr({
      ...{ serviceType: '002', callOutStartTime: '10:00:00', callOutAlertingTime: '10:00:01', fwdDstNum: '+861' },
      ...{
        callOutAnswerTime: '10:00:02',
        fwdStartTime: '10:00:03',
        fwdAlertingTime: '10:00:04',
        callEndTime: '10:00:20',
      },
      ...{ fwdAnswerTime: '10:00:05', callerNum: '+862', calleeNum: '+863', fwdDisplayNum: '+864', dynIVRPath: '1-2' },
      ...{ recordObjectName: 'a', recordBucketName: 'b', recordDomain: 'c', recordFileDownloadUrl: 'd', appKey: 'e' },
      ...{
        recordStartTime: '10:00:05',
        failTime: '10:00:20',
        fwdUnaswRsn: 17,
        userData: 'f',
        unheardOf: 1,
        hostName: 7.5,
      },
      icid: 'x'.repeat(65),
    })
    const disconnect = status('disconnect', '10:00:20', { stateCode: 8010, stateDesc: 'g' })
    return expectValid(splitAll('voice-call', [answered, disconnect])) as unknown as JsonObject
  }

  /** The record with each of its members changed by itself, the CDR's left out: those are the platform's. */
  const changeEach = (
    value: Json,
    place: string,
    change: (value: Json, place: string) => readonly Json[],
  ): Change[] => {
    const changed = change(value, place).map(
      (other): Change => [`${place} ${JSON.stringify(other)}`.slice(0, 99), other],
    )
    if (typeof value !== 'object' || value === null) return changed
    const within = Object.entries(value).flatMap(([name, member]) =>
      name === 'cdr'
        ? []
        : changeEach(member, `${place}/${name}`, change).map(([what, other]): Change => {
            if (Array.isArray(value)) return [what, value.map((entry, n) => (String(n) === name ? other : entry))]
            return [what, { ...value, [name]: other }]
          }),
    )
    return [...changed, ...within]
  }

  const expectRefused = (changes: readonly Change[], atLeast: number) => {
    expect(changes.length).toBeGreaterThanOrEqual(atLeast)
    for (const [what, record] of changes) expect(check(record), what).not.toBe('')
  }

  test('what is not there, what is of another type, and text that is empty', () => {
    const otherTypes = changeEach(found(), '', (value) =>
      [null, true, '', 'x y', {}, []].filter((other) => {
        if (typeof value === 'string') return typeof other !== 'string' || other === ''
        // Of objects and arrays, those that may be empty are not told by that.
        return Array.isArray(value) ? !Array.isArray(other) : true
      }),
    ).filter(([what]) => !what.startsWith('/recording {}'))
    expectRefused(otherTypes, 200)
    expect(check({ ...found(), recording: {} })).toBe('')
    expectRefused([['no problems', { ...found(), problems: [] }]], 1)
  })

  test('a member that it does not know, anywhere but in the CDR', () => {
    const isPlain = (value: Json): value is JsonObject =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
    const more = changeEach(found(), '', (value) => (isPlain(value) ? [{ ...value, unheardOf: 1 }] : []))
    expectRefused(more, 8)
    expect(check({ ...found(), cdr: { unheardOf: { of: [null] } } })).toBe('')
  })

  test('a record without what every record has', () => {
    const required = ['id', 'callId', 'source', 'revision', 'edition', 'scenario', 'completeness', 'legs']
    const without = (name: string) => Object.fromEntries(Object.entries(found()).filter(([member]) => member !== name))
    for (const name of Object.keys(found())) expect(check(without(name)) === '', name).toBe(!required.includes(name))
  })

  test('numbers, times, words, ids and lengths that no record has', () => {
    const isTime = (place: string) => place.endsWith('At') || place.endsWith('/at') || place.endsWith('After')
    const others = changeEach(found(), '', (value, place) => {
      if (typeof value === 'number')
        return [
          ...(/seconds$/i.test(place) ? [] : [1.5]),
          ...(/cause|value/.test(place) ? [] : [-1]),
          ...(/revision|edition/.test(place) ? [0] : []),
        ]
      if (typeof value !== 'string') return []
      if (isTime(place))
        return [
          '2026-01-27 10:00:00',
          '2026-01-27T10:00:00Z',
          '2026-02-30T10:00:00.000Z',
          '+010000-01-01T00:00:00.000Z',
        ]
      if (place === '/id') return ['s', 'voice-call/s', 'voice-call/s#0.1', 'voice-call/s#1', 'other/s#1.1']
      if (place === '/callId') return ['s', 'voice-call/', 'other/s', `voice-call/${'x'.repeat(257)}`]
      if (/source|scenario|completeness|disposition|party|name$|code$/.test(place))
        return ['other', value.toUpperCase()]
      return /message|meaning/.test(place) ? [] : ['x'.repeat(1025)]
    }).filter(([what, record]) => !(what.includes('party') && JSON.stringify(record) === JSON.stringify(found())))
    expectRefused(others, 80)
    const { legs } = found()
    expectRefused([['three legs', { ...found(), legs: [...(legs as Json[]), ...(legs as Json[])] }]], 1)
  })
})
