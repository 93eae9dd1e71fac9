import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toCallRecord } from '../../shared/call-record.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { JsonObject } from '../../shared/json.ts'
import { runs } from '../random.ts'
import { cdr, forCall, readFixture, settings, status, toFacts } from './messages.ts'

const record = (...messages: JsonObject[]) => toCallRecord(foldCall('voice-call/s', toFacts(messages), settings))
const fixture = async (name: string) => (await readFixture(name)).map((message) => forCall(message, 's'))

const A = { called: '+8613800000021', caller: '+8675500000078' }
const B = { called: '+8613800007021', caller: '+8675500000079' }

describe('documented messages', () => {
  test('an answered call-back has its talk time from leg B and two billed legs', async () => {
    expect(record(...(await fixture('call-back-cdr-answered')))).toMatchObject({
      id: 'voice-call/s#1.1',
      scenario: 'call-back',
      completeness: 'complete',
      disposition: 'answered',
      startedAt: '2019-01-24T03:04:24.000Z',
      ringingAt: '2019-01-24T03:04:36.000Z',
      answeredAt: '2019-01-24T03:04:38.000Z',
      endedAt: '2019-01-24T03:04:49.000Z',
      ringSeconds: 2,
      talkSeconds: 11,
      billableMinutes: 2,
      legs: [
        { party: 'A', number: '+8613800000021', displayNumber: '+8613800000022', seconds: 18, billableMinutes: 1 },
        { party: 'B', number: '+8613800007021', displayNumber: '+8613800000022', seconds: 11, billableMinutes: 1 },
      ],
    })
  })

  test('an answered notification has one leg', async () => {
    const found = record(...(await fixture('notification-cdr-answered')))
    expect(found).toMatchObject({
      scenario: 'playback',
      disposition: 'answered',
      ringSeconds: 4,
      talkSeconds: 18,
      billableMinutes: 1,
      userData: 'customerId001',
      appKey: 'exampleAppKey000000000000001',
    })
    expect(found.legs).toHaveLength(1)
    expect(found).not.toHaveProperty('failure')
    expect(found).not.toHaveProperty('problems')
  })

  test('a busy notification was not answered and says why', async () => {
    const found = record(...(await fixture('notification-cdr-busy')))
    expect(found).toMatchObject({
      disposition: 'busy',
      ringSeconds: 22,
      billableMinutes: 0,
      legs: [{ party: 'A', billableMinutes: 0, cause: 17 }],
      failure: {
        at: '2019-01-24T03:04:49.000Z',
        codes: [
          { name: 'q850', party: 'A', value: 17, meaning: 'user busy' },
          { name: 'sip', value: 486, meaning: 'Busy Here' },
          { name: 'ulFailReason', value: 519, meaning: 'near end failed, see the Q.850 cause' },
        ],
      },
    })
    expect(found).not.toHaveProperty('talkSeconds')
    expect(found).not.toHaveProperty('answeredAt')
  })

  test('status events alone give the same durations, status-only', async () => {
    expect(record(...(await fixture('call-back-status-sequence-answered')))).toMatchObject({
      scenario: 'call-back',
      completeness: 'status-only',
      disposition: 'answered',
      revision: 7,
      ringSeconds: 2,
      talkSeconds: 11,
      billableMinutes: 2,
      legs: [
        { party: 'A', number: '+8613800000021', displayNumber: '+8675500000078', seconds: 18, billableMinutes: 1 },
        { party: 'B', number: '+8613800007021', displayNumber: '+8675500000079', seconds: 11, billableMinutes: 1 },
      ],
    })
    expect(record(...(await fixture('notification-status-sequence-collect')))).toMatchObject({
      scenario: 'notification',
      completeness: 'status-only',
      disposition: 'answered',
      talkSeconds: 18,
      digits: '1',
    })
  })

  test('keys pressed make a playback a notification', async () => {
    const found = record(
      ...(await fixture('notification-cdr-answered')),
      ...(await fixture('notification-status-collect-info')),
    )
    expect(found).toMatchObject({ scenario: 'notification', digits: '1', completeness: 'complete', revision: 2 })
  })
})

describe('any order, any repetition', () => {
  const sequences = ['call-back-status-sequence-answered', 'notification-status-sequence-collect'] as const
  const cdrs = ['call-back-cdr-answered', 'notification-cdr-answered', 'notification-cdr-busy'] as const

  test('the same facts give the same call', async () => {
    const all = await Promise.all([...sequences, ...cdrs].map(fixture))
    const odd = [
      status('answer', '03:04:31', { ...A, timestamp: '' }),
      status('unheardOf', '03:04:31', { stateCode: 'x' }),
      status('disconnect', '03:04:30', { ...A, stateCode: 8009 }),
    ]
    const facts = toFacts([...all.flat(), ...odd])
    const some = fc.subarray([...facts], { minLength: 1 })
    const repeated = some.chain((chosen) =>
      fc.tuple(
        fc.constant(chosen),
        fc.array(fc.constantFrom(...chosen)).map((more) => [...chosen, ...more]),
      ),
    )
    const shuffled = repeated.chain(([chosen, more]) =>
      fc.tuple(fc.constant(chosen), fc.shuffledSubarray(more, { minLength: more.length })),
    )
    fc.assert(
      fc.property(shuffled, ([chosen, mixed]) => {
        expect(foldCall('voice-call/s', mixed, settings)).toEqual(foldCall('voice-call/s', chosen, settings))
      }),
      runs(300),
    )
  })

  test('status events never change what a CDR says', async () => {
    const events = await fixture('call-back-status-sequence-answered')
    const late = events.map((event) => JSON.parse(JSON.stringify(event).replaceAll('03:04:', '03:05:')))
    const alone = record(...(await fixture('call-back-cdr-answered')))
    const { id, revision, userData, ...both } = record(...late, ...(await fixture('call-back-cdr-answered')))
    const { id: _, revision: __, ...wanted } = alone
    expect(both).toEqual(wanted)
    expect({ id, revision, userData }).toEqual({ id: 'voice-call/s#8.1', revision: 8, userData: 'customerId001' })
  })
})

describe('which leg answers', () => {
  const answeredA = {
    callOutStartTime: '10:00:00',
    callOutAlertingTime: '10:00:02',
    callOutAnswerTime: '10:00:05',
    callEndTime: '10:01:30',
  }

  test('A answered and B not: the call was not, leg A still has its time', () => {
    const found = record(
      cdr({
        ...answeredA,
        serviceType: '002',
        fwdDstNum: '+862',
        fwdStartTime: '10:00:05',
        fwdAlertingTime: '10:00:10',
        fwdUnaswRsn: 0,
        ulFailReason: 518,
        sipStatusCode: 480,
        failTime: '10:01:30',
      }),
    )
    expect(found).toMatchObject({ disposition: 'no-answer', ringSeconds: 80, billableMinutes: 2 })
    expect(found.legs).toMatchObject([{ seconds: 85, billableMinutes: 2 }, { billableMinutes: 0 }])
    expect(found).not.toHaveProperty('talkSeconds')
    expect(found).not.toHaveProperty('answeredAt')
  })

  test('a call-back whose B was never rung was not answered, whatever A did', () => {
    const found = record(cdr({ ...answeredA, serviceType: '002', fwdDstNum: '+862', ulFailReason: 553 }))
    expect(found).toMatchObject({ disposition: 'canceled', answeredAt: '2026-01-27T10:00:05.000Z' })
    expect(found).not.toHaveProperty('talkSeconds')
    expect(record(cdr({ ...answeredA, serviceType: '002' }))).toMatchObject({ disposition: 'failed' })
  })

  test('a 001 that carries fwdAnswerTime is counted from it', () => {
    const found = record(cdr({ ...answeredA, serviceType: '001', fwdAnswerTime: '10:01:00' }))
    expect(found).toMatchObject({ scenario: 'playback', disposition: 'answered', talkSeconds: 30 })
  })

  test('without serviceType the legs tell the scenario', () => {
    expect(record(cdr({ ...answeredA }))).toMatchObject({ scenario: 'unknown', talkSeconds: 85 })
    expect(record(cdr({ ...answeredA, fwdDstNum: '+862' }))).toMatchObject({ scenario: 'call-back' })
    expect(record(cdr({ ...answeredA, dynIVRPath: '0-2-3' }))).toMatchObject({
      scenario: 'notification',
      digits: '0-2-3',
    })
    expect(record(cdr({ ...answeredA, serviceType: '002' }))).toMatchObject({ scenario: 'call-back' })
    expect(record(cdr({ ...answeredA, serviceType: '001', dynIVRStartTime: '10:00:06' }))).toMatchObject({
      scenario: 'notification',
    })
    expect(record(cdr({ ...answeredA, serviceType: 2 }))).toMatchObject({ scenario: 'call-back' })
    expect(record(cdr({ ...answeredA, serviceType: '777' }))).toMatchObject({ scenario: 'unknown' })
  })

  test('a private number call has its caller as leg A and its talk time from leg B', () => {
    const found = record(
      cdr({
        direction: 1,
        serviceType: '004',
        callInTime: '10:00:00',
        callerNum: '+861',
        calleeNum: '+86170',
        fwdDstNum: '+862',
        fwdDisplayNum: '+86170',
        fwdStartTime: '10:00:01',
        fwdAlertingTime: '10:00:03',
        fwdAnswerTime: '10:00:10',
        callEndTime: '10:01:11',
        subscriptionId: 'x',
      }),
    )
    expect(found).toMatchObject({
      scenario: 'private-number',
      startedAt: '2026-01-27T10:00:00.000Z',
      ringSeconds: 7,
      talkSeconds: 61,
      billableMinutes: 2,
      legs: [
        { party: 'A', number: '+861' },
        { party: 'B', number: '+862', displayNumber: '+86170' },
      ],
      cdr: { subscriptionId: 'x' },
    })
    expect(record(cdr({ callInTime: '10:00:00' }))).toMatchObject({ scenario: 'private-number' })
    expect(record(cdr({ serviceType: '003', callOutStartTime: '10:00:00' }))).toMatchObject({
      startedAt: '2026-01-27T10:00:00.000Z',
    })
  })
})

describe('status events alone', () => {
  const ring = (times: readonly [string, string, string?], leg: JsonObject) => [
    status('callout', times[0], leg),
    status('alerting', times[1], leg),
    ...(times[2] ? [status('answer', times[2], leg)] : []),
  ]

  test('both legs in one second: the one that was answered first is A', () => {
    const found = record(
      ...ring(['10:00:00', '10:00:00', '10:00:00'], B),
      ...ring(['10:00:00', '10:00:00', '10:00:09'], A),
    )
    expect(found.legs.map(({ number }) => number)).toEqual([B.called, A.called])
    const same = record(status('callout', '10:00:00', A), status('callout', '10:00:00', B))
    expect(same.legs.map(({ number }) => number)).toEqual([A.called, B.called])
  })

  test('both legs on one number are told apart by their order', () => {
    const found = record(
      ...ring(['10:00:00', '10:00:02', '10:00:05'], A),
      ...ring(['10:00:05', '10:00:07', '10:00:10'], { ...A, caller: '+862' }),
      status('disconnect', '10:00:20', { ...A, stateCode: 0 }),
    )
    expect(found).toMatchObject({
      scenario: 'call-back',
      talkSeconds: 10,
      ringSeconds: 3,
      legs: [{ seconds: 15 }, { seconds: 10 }],
    })
  })

  test('both legs on one number in one second are two legs all the same', () => {
    const found = record(status('callout', '10:00:00', A), status('callout', '10:00:00', { ...A, caller: '+862' }))
    expect(found.legs.map(({ party, number }) => [party, number])).toEqual([
      ['A', A.called],
      ['B', A.called],
    ])
  })

  test('a lost callout leaves its time absent and the rest as it was', () => {
    const found = record(
      status('alerting', '10:00:02', A),
      status('answer', '10:00:05', A),
      status('disconnect', '10:00:20', { ...A, stateCode: 0 }),
    )
    expect(found).toMatchObject({ disposition: 'answered', ringSeconds: 3, talkSeconds: 15 })
    expect(found).not.toHaveProperty('startedAt')
  })

  test('a lost answer is not made up', () => {
    const found = record(...ring(['10:00:00', '10:00:02'], A), status('disconnect', '10:00:20', { ...A, stateCode: 0 }))
    for (const unknown of ['disposition', 'answeredAt', 'talkSeconds', 'billableMinutes'])
      expect(found).not.toHaveProperty(unknown)
    const noCode = record(...ring(['10:00:00', '10:00:02'], A), status('disconnect', '10:00:20', A))
    expect(noCode).not.toHaveProperty('disposition')
  })

  test('a call that goes on has no disposition yet', () => {
    expect(record(...ring(['10:00:00', '10:00:02', '10:00:05'], A))).not.toHaveProperty('disposition')
    expect(
      record(...ring(['10:00:00', '10:00:02', '10:00:05'], A), status('collectInfo', '10:00:07', { digitInfo: '1' })),
    ).toMatchObject({ scenario: 'notification', disposition: 'answered' })
    expect(record(status('answer', '10:00:05'))).toMatchObject({ legs: [{ party: 'A' }] })
  })

  test('an answered leg A whose caller hung up before being connected is no answered call', () => {
    const found = record(
      ...ring(['10:00:00', '10:00:02', '10:00:05'], A),
      status('disconnect', '10:00:06', { ...A, stateCode: 8009 }),
    )
    expect(found).toMatchObject({ disposition: 'canceled' })
    expect(found).not.toHaveProperty('talkSeconds')
  })

  test('who hung up is told of call-backs only', () => {
    expect(record(status('disconnect', '10:00:06', { partyType: '1', stateCode: 8101 }))).toMatchObject({
      scenario: 'call-back',
      disposition: 'no-answer',
      legs: [],
    })
  })

  test('a call to a private number has its caller as leg A', () => {
    const found = record(
      status('callin', '10:00:00', { caller: '+861', called: '+86170' }),
      ...ring(['10:00:01', '10:00:03', '10:00:10'], B),
      status('disconnect', '10:00:20', { ...B, stateCode: 0 }),
    )
    expect(found).toMatchObject({
      scenario: 'private-number',
      startedAt: '2026-01-27T10:00:00.000Z',
      talkSeconds: 10,
      legs: [{ number: '+861' }, { number: B.called }],
    })
  })

  test('several keys pressed stand in their order', () => {
    const found = record(
      status('collectInfo', '10:00:09', { digitInfo: '23' }),
      status('collectInfo', '10:00:07', { digitInfo: 1 }),
    )
    expect(found.digits).toBe('1-23')
  })
})

describe('how an unanswered call is counted', () => {
  const unanswered = {
    serviceType: '001',
    callOutStartTime: '10:00:00',
    callOutAlertingTime: '10:00:02',
    callEndTime: '10:00:20',
  }
  const cases: readonly [string, JsonObject, string][] = [
    ['Q.850 17', { callOutUnaswRsn: 17, sipStatusCode: 603 }, 'busy'],
    ['Q.850 21', { callOutUnaswRsn: '21' }, 'rejected'],
    ['the cause of a leg that is not there, beside its own', { callOutUnaswRsn: 31, fwdUnaswRsn: 17 }, 'no-answer'],
    ['the cause of a leg that is not there, and no other', { fwdUnaswRsn: 17 }, 'busy'],
    ['31 settles nothing, SIP does', { callOutUnaswRsn: 31, sipStatusCode: 486 }, 'busy'],
    ['31 settles nothing, ringing does', { callOutUnaswRsn: 31 }, 'no-answer'],
    ['16 and nothing else', { callOutUnaswRsn: 16 }, 'canceled'],
    ['16 and ringing timed out', { callOutUnaswRsn: 16, ulFailReason: 514 }, 'no-answer'],
    ['SIP 487 alone', { sipStatusCode: 487 }, 'canceled'],
    ['SIP 487 of a platform that gave up', { sipStatusCode: 487, ulFailReason: 514 }, 'no-answer'],
    ['102 and ringing timed out', { callOutUnaswRsn: 102, ulFailReason: 514 }, 'no-answer'],
    ['127 alone', { callOutUnaswRsn: 127 }, 'failed'],
    ['127 and a SIP status that knows more', { callOutUnaswRsn: 127, sipStatusCode: 486 }, 'busy'],
    ['ulFailReason as SIP status', { ulFailReason: 486 }, 'busy'],
    ['ulFailReason as stateCode', { ulFailReason: 8102 }, 'busy'],
    ['unknown codes after ringing', { callOutUnaswRsn: 99, sipStatusCode: 499, ulFailReason: 12 }, 'no-answer'],
    ['unknown codes without ringing', { callOutAlertingTime: '', ulFailReason: 12 }, 'failed'],
  ]
  for (const [name, codes, disposition] of cases)
    test(`${name}: ${disposition}`, () => {
      expect(record(cdr({ ...unanswered, ...codes })).disposition).toBe(disposition)
    })

  test('stateCode is asked before ulFailReason', () => {
    const event = status('disconnect', '10:00:20', { stateCode: 8102, stateDesc: 'The callee is busy.' })
    const found = record(cdr({ ...unanswered, ulFailReason: 514 }), event)
    expect(found.disposition).toBe('busy')
    expect(found.failure?.codes).toEqual([
      { name: 'ulFailReason', value: 514, meaning: 'ringing timed out' },
      { name: 'stateCode', value: 8102, meaning: 'callee busy', text: 'The callee is busy.' },
    ])
  })
})

describe('what a CDR does not tell', () => {
  const rung = { serviceType: '001', callOutAlertingTime: '10:00:02', callEndTime: '10:00:30' }

  test('an answer time that cannot be read makes no unanswered call', () => {
    for (const callOutAnswerTime of ['2026/01/27 10:00:05', '2026-01-27T10:00:05Z', 1769508010]) {
      const found = record(cdr({ ...rung, callOutAnswerTime }))
      for (const unknown of ['disposition', 'billableMinutes', 'ringSeconds', 'talkSeconds'])
        expect(found).not.toHaveProperty(unknown)
      expect(found.problems).toMatchObject([{ code: 'bad-time' }])
    }
    const settled = record(cdr({ ...rung, callOutAnswerTime: 'x', callOutUnaswRsn: 17 }))
    expect(settled).toMatchObject({ disposition: 'busy', ringSeconds: 28 })
    expect(record(cdr({ ...rung, callOutAnswerTime: 'x', callOutUnaswRsn: 16 }))).not.toHaveProperty('disposition')
  })

  test("A's missing answer is no unanswered leg where B answered", () => {
    const found = record(
      cdr({
        serviceType: '002',
        callOutStartTime: '10:00:00',
        fwdDstNum: '+862',
        fwdAnswerTime: '10:00:10',
        callEndTime: '10:02:10',
      }),
    )
    expect(found).toMatchObject({
      disposition: 'answered',
      talkSeconds: 120,
      legs: [{ party: 'A' }, { billableMinutes: 2 }],
    })
    expect(found.legs[0]).not.toHaveProperty('billableMinutes')
    expect(found).not.toHaveProperty('billableMinutes')
  })

  test('a CDR without any time of a leg leaves the legs to the status events', async () => {
    const events = await fixture('call-back-status-sequence-answered')
    for (const fields of [{}, { serviceType: '002' }]) {
      const found = record(...events, cdr({ ...fields, callEndTime: '2019-01-24 03:04:49' }))
      expect(found).toMatchObject({
        completeness: 'complete',
        scenario: 'call-back',
        disposition: 'answered',
        talkSeconds: 11,
        billableMinutes: 2,
      })
    }
    const nothing = record(cdr({ calleeNum: '+861', callEndTime: '10:00:00' }))
    expect(nothing).toMatchObject({ legs: [{ number: '+861' }] })
    for (const unknown of ['disposition', 'billableMinutes']) expect(nothing).not.toHaveProperty(unknown)
    expect(record(cdr({ calleeNum: '+861', ulFailReason: 7003 }))).toMatchObject({
      disposition: 'failed',
      billableMinutes: 0,
    })
  })

  test("B's cause tells why a call-back failed once A was on the line, even if B has no start", () => {
    const busy = { fwdDstNum: '+862', callOutUnaswRsn: 16, fwdUnaswRsn: 17, callEndTime: '10:00:30' }
    expect(record(cdr({ ...busy, serviceType: '002', callOutAnswerTime: '10:00:05' }))).toMatchObject({
      disposition: 'busy',
    })
    expect(record(cdr({ ...busy, serviceType: '004', callInTime: '10:00:00' }))).toMatchObject({ disposition: 'busy' })
    expect(record(cdr({ ...busy, serviceType: '002', callOutStartTime: '10:00:05' }))).toMatchObject({
      disposition: 'canceled',
    })
  })

  test('an older CDR whose code says that the far end never rang was no answered call', () => {
    const found = record(cdr({ callOutAnswerTime: '10:00:05', callEndTime: '10:00:30', ulFailReason: 553 }))
    expect(found).toMatchObject({ scenario: 'unknown', disposition: 'canceled' })
    expect(found).not.toHaveProperty('talkSeconds')
  })

  test('the same record with something else around it is no other CDR', () => {
    const one = cdr({ callEndTime: '10:00:00' })
    const found = record({ ...one, pushTime: '1' }, { ...one, pushTime: '2' })
    expect(found.revision).toBe(2)
    expect(found).not.toHaveProperty('problems')
  })
})

describe('what a CDR with little in it tells', () => {
  test('codes that tell nothing make no unanswered call', () => {
    for (const codes of [
      { ulFailReason: 100 },
      { sipStatusCode: 200 },
      { callOutUnaswRsn: 31 },
      { callOutUnaswRsn: 16 },
      { ulFailReason: 540 },
    ]) {
      const found = record(cdr({ serviceType: '001', callEndTime: '10:00:00', ...codes }))
      for (const unknown of ['disposition', 'billableMinutes'])
        expect(found, JSON.stringify(codes)).not.toHaveProperty(unknown)
    }
    for (const codes of [{ callOutUnaswRsn: 17 }, { sipStatusCode: 486 }, { ulFailReason: 514 }])
      expect(record(cdr({ serviceType: '001', ...codes })), JSON.stringify(codes)).toMatchObject({ billableMinutes: 0 })
  })

  test("B's answer time that cannot be read leaves the call open", () => {
    const found = record(
      cdr({
        serviceType: '002',
        callOutAnswerTime: '10:00:05',
        fwdDstNum: '+862',
        fwdAnswerTime: 'x',
        callEndTime: '10:05:00',
      }),
    )
    for (const unknown of ['disposition', 'talkSeconds', 'billableMinutes']) expect(found).not.toHaveProperty(unknown)
  })

  test('an answer that a status event tells of and the CDR does not is said, and the CDR counts', () => {
    const of = (called: string, eventType: string, time: string) => ({
      eventType,
      statusInfo: { sessionId: 's', timestamp: `2026-01-27 ${time}`, called },
    })
    const events = [
      of('+861', 'callout', '10:00:00'),
      of('+861', 'answer', '10:00:05'),
      of('+862', 'callout', '10:00:06'),
      of('+862', 'answer', '10:00:10'),
    ]
    const answeredA = { serviceType: '002', calleeNum: '+861', callOutAnswerTime: '10:00:05', callEndTime: '10:02:00' }
    const ofB = [
      { code: 'events-differ', message: expect.stringMatching(/: found 2 in status events and at most 1 in/) },
    ]
    expect(record(cdr(answeredA), ...events)).toMatchObject({ disposition: 'failed', problems: ofB })
    const rungB = { ...answeredA, fwdDstNum: '+862', fwdStartTime: '10:00:06' }
    expect(record(cdr(rungB), ...events)).toMatchObject({ disposition: 'failed', problems: ofB })
    for (const fields of [
      { ...rungB, fwdAnswerTime: '10:00:10' },
      { serviceType: '002', callEndTime: '10:02:00' },
    ])
      expect(record(cdr(fields), ...events)).not.toHaveProperty('problems')
    expect(record(cdr(rungB), ...events.slice(0, 3))).not.toHaveProperty('problems')
    // Without its callin, the answer in the events of a PrivateNumber call looks like leg A's.
    const calledIn = { serviceType: '004', fwdDstNum: '+862', fwdAnswerTime: '10:00:10', callEndTime: '10:02:00' }
    expect(record(cdr(calledIn), ...events.slice(2))).not.toHaveProperty('problems')
    const unreadable = record(cdr({ ...rungB, fwdAnswerTime: 'x' }), ...events)
    expect(unreadable.problems).toMatchObject([{ code: 'bad-time' }])
  })

  const [ofA, ofB] = [{ calleeNum: '+861' }, { fwdDstNum: '+862', fwdStartTime: '10:00:06' }]
  const answer = (time: string, called?: string, others: JsonObject = {}) =>
    status('answer', time, { ...(called && { called }), ...others })

  test.each<[string, JsonObject, JsonObject[]]>([
    [
      "leg B's number alone, since A's event was lost",
      { serviceType: '002', ...ofA, callOutAnswerTime: '10:00:05', ...ofB },
      [answer('10:00:10', '+862')],
    ],
    [
      'no time',
      { serviceType: '001', ...ofA, callOutStartTime: '10:00:00', callOutUnaswRsn: 17 },
      [answer('10:00:05', '+861', { timestamp: null })],
    ],
    [
      'two answers where one time alone cannot be read',
      { serviceType: '002', ...ofA, ...ofB, fwdAnswerTime: 'x' },
      [answer('10:00:05', '+861'), answer('10:00:10', '+862')],
    ],
    [
      'two answers without numbers where none can be read of A',
      { serviceType: '002', ...ofA, callOutAnswerTime: 'x', ...ofB },
      [answer('10:00:05'), answer('10:00:10')],
    ],
    [
      'numbers that two other events tell, too',
      { serviceType: '002', ...ofA, callOutAnswerTime: '10:00:05', ...ofB },
      [answer('10:00:05'), answer('10:00:10', '+862'), status('callout', '10:00:00', { called: '+861' })],
    ],
    [
      'an answer although a code tells that there was none',
      { serviceType: '001', ...ofA, callOutUnaswRsn: 17, sipStatusCode: 486 },
      [answer('10:00:05', '+861')],
    ],
    [
      "leg B's answer although codes alone tell that there was none",
      { serviceType: '002', ...ofA, fwdDstNum: '+862', fwdUnaswRsn: 19 },
      [answer('10:00:05', '+861'), answer('10:00:10', '+862')],
    ],
    [
      'an answer of a PrivateNumber call',
      { serviceType: '004', callInTime: '10:00:00', ...ofB, fwdUnaswRsn: 19 },
      [status('callin', '10:00:00', { caller: '+861' }), answer('10:00:10', '+862')],
    ],
    [
      'more oddities than a record has room for',
      { serviceType: '001', ...ofA, callOutStartTime: '10:00:00', callOutUnaswRsn: 17 },
      [
        answer('10:00:05', '+861'),
        ...Array.from({ length: 20 }, (_, n) =>
          status('collectInfo', `10:00:${n + 10}`, { userData: 'x'.repeat(257) }),
        ),
      ],
    ],
  ])('events tell of an answer that the CDR tells was not given: %s', (_, fields, events) => {
    const found = record(cdr({ callEndTime: '10:02:00', ...fields }), ...events)
    expect(found.problems?.[0]).toMatchObject({ code: 'events-differ' })
  })

  test.each<[string, JsonObject, JsonObject[]]>([
    [
      'the answer of one leg in two forms',
      { serviceType: '002', ...ofA, callOutAnswerTime: '10:00:05', ...ofB },
      [answer('10:00:05', '+861'), answer('10:00:05', '+861', { userData: 'x' }), answer('10:00:05')],
    ],
    [
      'the answer of the only leg by two numbers and times',
      { serviceType: '001', ...ofA, callOutAnswerTime: '10:00:05' },
      [answer('10:00:05', '+861'), answer('10:00:06', '861')],
    ],
    [
      'both answers on one number, of a call to it',
      { serviceType: '002', ...ofA, callOutAnswerTime: '10:00:05', fwdDstNum: '+861', fwdAnswerTime: '10:00:10' },
      [answer('10:00:05', '+861'), answer('10:00:10', '+861')],
    ],
    [
      "leg A's answer where codes alone tell that nobody answered the call",
      { serviceType: '002', ...ofA, fwdDstNum: '+862', fwdUnaswRsn: 19 },
      [answer('10:00:05', '+861')],
    ],
    [
      "leg A's answer where codes alone tell so and nothing tells of leg B",
      { serviceType: '002', ...ofA, ulFailReason: 518, sipStatusCode: 480 },
      [answer('10:00:05', '+861')],
    ],
    ['nothing of a CDR that tells nothing', { serviceType: '002' }, [answer('10:00:05', '+861')]],
    [
      'one answer where another one cannot be read',
      { serviceType: '002', ...ofA, callOutAnswerTime: 'x', ...ofB },
      [answer('10:00:05', '+861')],
    ],
  ])('events tell of no other answer than the CDR does: %s', (_, fields, events) => {
    const codes = record(cdr({ callEndTime: '10:02:00', ...fields }), ...events).problems?.map(({ code }) => code)
    expect(codes ?? []).not.toContain('events-differ')
  })

  test('a leg B of which there is nothing but an unreadable answer time is one', () => {
    const found = record(
      cdr({ serviceType: '002', ...ofA, callOutAnswerTime: '10:00:05', fwdAnswerTime: 'x', callEndTime: '10:02:00' }),
    )
    expect(found.legs).toMatchObject([{ party: 'A', billableMinutes: 2 }, { party: 'B' }])
    for (const unknown of ['disposition', 'talkSeconds', 'billableMinutes']) expect(found).not.toHaveProperty(unknown)
  })

  test("an answer time that cannot be read stays unknown where a status event tells of the leg's other times", () => {
    const times = { callOutAnswerTime: '2026-01-27T10:00:05Z', callEndTime: '10:01:00' }
    const alone = cdr({ serviceType: '002', calleeNum: '+861', fwdDstNum: '+862', sipStatusCode: 480, ...times })
    const event = {
      eventType: 'alerting',
      statusInfo: { sessionId: 's', timestamp: '2026-01-27 10:00:02', called: '+861' },
    }
    for (const messages of [[alone], [alone, event]]) {
      const found = record(...messages)
      expect(found).not.toHaveProperty('billableMinutes')
      expect(found.legs[0]).not.toHaveProperty('billableMinutes')
    }
  })

  test('times of status events join the legs of a CDR that has none', () => {
    const found = record(
      cdr({ serviceType: '001', calleeNum: '+861', callerNum: '+86755', callOutUnaswRsn: 17 }),
      status('callout', '10:00:00'),
    )
    expect(found.legs).toMatchObject([
      { number: '+861', displayNumber: '+86755', cause: 17, startedAt: '2026-01-27T10:00:00.000Z' },
    ])
    const two = record(
      cdr({ serviceType: '002', calleeNum: '+861', fwdDstNum: '+862' }),
      status('answer', '10:00:00', { called: '+861' }),
    )
    expect(two.legs.map(({ number }) => number)).toEqual(['+861', '+862'])
    expect(two).not.toHaveProperty('billableMinutes')
  })

  test('the one leg of a call has the cause that was given for the other', () => {
    const found = record(
      cdr({ serviceType: '001', callOutAlertingTime: '10:00:00', fwdUnaswRsn: 17, callEndTime: '10:00:09' }),
    )
    expect(found).toMatchObject({ disposition: 'busy', failure: { codes: [{ party: 'A', value: 17 }] } })
  })
})

describe('what status events do not tell', () => {
  const answered = (state: number) => [
    status('callout', '10:00:00', A),
    status('answer', '10:00:05', A),
    status('disconnect', '10:00:20', { ...A, stateCode: state }),
  ]

  test('a code that may follow an answer takes none back', () => {
    for (const state of [0, 8007, 8008, 8010, 8017, 9999])
      expect(record(...answered(state)), String(state)).toMatchObject({ disposition: 'answered', talkSeconds: 15 })
  })

  test('a code that says nobody answered leaves one answered leg without talk', () => {
    for (const [state, disposition] of [
      [8001, 'failed'],
      [8009, 'canceled'],
      [8100, 'failed'],
      [8102, 'busy'],
    ] as const) {
      const found = record(...answered(state))
      expect(found, String(state)).toMatchObject({ disposition })
      expect(found).not.toHaveProperty('talkSeconds')
    }
  })

  test('ringing does not last to the end of a call whose answer was lost', () => {
    const lost = [status('callout', '10:00:00', A), status('alerting', '10:00:02', A)]
    for (const state of [0, 8010, 8017]) {
      const found = record(...lost, status('disconnect', '11:00:00', { stateCode: state }))
      for (const unknown of ['ringSeconds', 'disposition']) expect(found).not.toHaveProperty(unknown)
    }
    expect(record(...lost, status('disconnect', '10:00:12', { stateCode: 8101 }))).toMatchObject({
      disposition: 'no-answer',
      ringSeconds: 10,
    })
  })

  test('an event without a number belongs to the only leg, and to none of two', () => {
    const one = record(
      status('callout', '10:00:00', A),
      status('answer', '10:00:05', { called: '' }),
      status('disconnect', '10:00:20', { stateCode: 0 }),
    )
    expect(one).toMatchObject({ talkSeconds: 15, legs: [{ number: A.called }] })
    const two = record(status('callout', '10:00:00', A), status('callout', '10:00:05', B), status('answer', '10:00:08'))
    expect(two.legs.map(({ number, answeredAt }) => [number, answeredAt])).toEqual([
      [A.called, undefined],
      [B.called, undefined],
    ])
  })

  test('two legs on one number are told apart although an event was lost', () => {
    const at = (kind: string, time: string) => status(kind, time, A)
    const legA = [at('callout', '10:00:00'), at('alerting', '10:00:02'), at('answer', '10:00:05')]
    const legB = [at('callout', '10:00:05'), at('alerting', '10:00:07'), at('answer', '10:00:10')]
    const end = status('disconnect', '10:00:20', { ...A, stateCode: 0 })
    for (const lost of [0, 1]) {
      expect(record(...legA, ...legB.filter((_, n) => n !== lost), end), `B ${lost}`).toMatchObject({ talkSeconds: 10 })
      expect(record(...legA.filter((_, n) => n !== lost), ...legB, end), `A ${lost}`).toMatchObject({ talkSeconds: 10 })
    }
    expect(record(...legA, at('callout', '10:00:06')).legs).toHaveLength(2)
  })

  test("B's answer is B's although A's was lost", () => {
    const at = (kind: string, time: string) => status(kind, time, A)
    const found = record(
      at('callout', '10:00:00'),
      at('alerting', '10:00:02'),
      at('callout', '10:00:10'),
      at('alerting', '10:00:12'),
      at('answer', '10:00:20'),
      status('disconnect', '10:00:30', { ...A, stateCode: 0 }),
    )
    expect(found).toMatchObject({
      disposition: 'answered',
      talkSeconds: 10,
      legs: [{ party: 'A' }, { party: 'B', seconds: 10 }],
    })
  })

  test('two legs that only rang, on one number, are two legs', () => {
    const found = record(
      status('alerting', '10:00:02', A),
      status('alerting', '10:00:12', A),
      status('callout', '', { ...A, timestamp: '' }),
    )
    expect(found.legs.map(({ ringingAt }) => ringingAt)).toEqual([
      '2026-01-27T10:00:02.000Z',
      '2026-01-27T10:00:12.000Z',
    ])
  })

  test('a call of two parties of which one was told has no sum of minutes', () => {
    const found = record(
      status('callout', '10:00:00', A),
      status('answer', '10:00:05', A),
      status('disconnect', '10:00:20', { ...A, partyType: '1' }),
    )
    expect(found).toMatchObject({ scenario: 'call-back', legs: [{ billableMinutes: 1 }] })
    expect(found).not.toHaveProperty('billableMinutes')
  })

  test('an end without a time does not hide one with a time', () => {
    const [, , end] = answered(0)
    expect(
      record(...answered(0), status('disconnect', '', { ...A, stateCode: 0, timestamp: '' }), end ?? {}),
    ).toMatchObject({ talkSeconds: 15 })
  })
})

describe('what is odd', () => {
  test('of two CDRs the one that ended later counts', () => {
    const [first, second] = [
      cdr({ serviceType: '001', callOutAnswerTime: '10:00:00', callEndTime: '10:00:10' }),
      cdr({ serviceType: '001', callOutAnswerTime: '10:00:00', callEndTime: '10:00:20' }),
    ]
    for (const found of [record(first, second), record(second, first)])
      expect(found).toMatchObject({ talkSeconds: 20, revision: 2, problems: [{ code: 'several-cdrs' }] })
  })

  test('of two CDRs that ended together, or at no known time, content decides', () => {
    for (const callEndTime of ['10:00:10', '']) {
      const [one, two] = [cdr({ callEndTime, hostName: 'a' }), cdr({ callEndTime, hostName: 'b' })]
      for (const found of [record(one, two), record(two, one)]) expect(found.cdr).toMatchObject({ hostName: 'b' })
    }
  })

  test('a negative duration is a problem and never a number', () => {
    const found = record(
      cdr({
        serviceType: '001',
        callOutAlertingTime: '10:00:11',
        callOutAnswerTime: '10:00:10',
        callEndTime: '10:00:05',
      }),
    )
    expect(found).toMatchObject({
      disposition: 'answered',
      problems: [
        { code: 'negative-duration', message: 'leg A: found -5 seconds, wanted 0 or more; it is left out' },
        { code: 'negative-duration', message: 'ring time: found -1 seconds, wanted 0 or more; it is left out' },
      ],
    })
    for (const unknown of ['talkSeconds', 'ringSeconds', 'billableMinutes']) expect(found).not.toHaveProperty(unknown)
  })

  test('an end that only the disconnect knows is used', () => {
    expect(
      record(cdr({ serviceType: '001', callOutAnswerTime: '10:00:00' }), status('disconnect', '10:00:10')),
    ).toMatchObject({ talkSeconds: 10 })
  })

  test('a second started minute is billed', () => {
    const seconds = (callEndTime: string) =>
      record(cdr({ serviceType: '001', callOutAnswerTime: '10:00:00', callEndTime })).billableMinutes
    expect([seconds('10:00:00'), seconds('10:00:01'), seconds('10:01:00'), seconds('10:01:01')]).toEqual([0, 1, 1, 2])
  })
})
