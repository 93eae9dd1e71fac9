import { describe, expect, test } from 'vitest'
import { toCallRecord } from '../../shared/call-record.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { JsonObject } from '../../shared/json.ts'
import { cdr, settings, status, toFacts } from './messages.ts'

const record = (...messages: JsonObject[]) => toCallRecord(foldCall('voice-call/s', toFacts(messages), settings))

test('the CDR stands in the record as it was received, its session id included', () => {
  const fields = { icid: 'CAE-1', spId: 'x', ttsPlayTimes: 1, unheardOf: { of: [true, null] }, direction: '0' }
  expect(record(cdr(fields)).cdr).toEqual({ sessionId: 's', ...fields })
})

test('what the facts do not tell is absent, not empty', () => {
  expect(record(status('unheardOf', '10:00:00'))).toEqual({
    id: 'voice-call/s#1.1',
    callId: 'voice-call/s',
    source: 'voice-call',
    revision: 1,
    edition: 1,
    scenario: 'unknown',
    completeness: 'status-only',
    legs: [],
  })
})

test('a recording says when the platform has deleted it', () => {
  const { recording } = record(cdr({ callEndTime: '10:00:00', recordObjectName: 'a.wav', recordStartTime: '09:59:00' }))
  expect(recording).toEqual({
    fileName: 'a.wav',
    startedAt: '2026-01-27T09:59:00.000Z',
    deletedAfter: '2026-02-03T10:00:00.000Z',
  })
  expect(record(cdr({ recordObjectName: 'a.wav' })).recording).toEqual({ fileName: 'a.wav' })
})

describe('failure', () => {
  const answered = { serviceType: '001', callOutAnswerTime: '10:00:00', callEndTime: '10:00:10' }

  test('an answered call that ended normally has none', () => {
    for (const codes of [{}, { callOutUnaswRsn: 31 }, { callOutUnaswRsn: 16, sipStatusCode: 200, ulFailReason: 0 }])
      expect(record(cdr({ ...answered, ...codes }))).not.toHaveProperty('failure')
    expect(record(cdr(answered), status('disconnect', '10:00:10', { stateCode: 0 }))).not.toHaveProperty('failure')
  })

  test('an answered call that ended otherwise says how', () => {
    const found = record(cdr(answered), status('disconnect', '10:00:10', { stateCode: 8010 }))
    expect(found.failure).toEqual({ codes: [{ name: 'stateCode', value: 8010, meaning: 'maximum duration reached' }] })
  })

  test('an unanswered call says even the normal causes, and unknown codes without a meaning', () => {
    const { failure } = record(cdr({ fwdDstNum: '+862', callOutUnaswRsn: 31, fwdUnaswRsn: 99, failTime: '10:00:10' }))
    expect(failure).toEqual({
      at: '2026-01-27T10:00:10.000Z',
      codes: [
        { name: 'q850', party: 'A', value: 31, meaning: 'normal, unspecified' },
        { name: 'q850', party: 'B', value: 99, meaning: 'not documented' },
      ],
    })
  })
})

describe('a record is bounded, whatever was sent', () => {
  test('over-long text is cut to its documented length and named', () => {
    const found = record(cdr({ userData: 'u'.repeat(257), appKey: 'k'.repeat(32), note: 'n'.repeat(1025) }))
    expect(found.userData).toBe('u'.repeat(256))
    expect(found.cdr).toMatchObject({ userData: 'u'.repeat(256), appKey: 'k'.repeat(32), note: 'n'.repeat(1024) })
    expect(found.problems).toEqual([
      { code: 'text-cut', message: 'note: found 1025 characters, wanted at most 1024; the rest is cut here' },
      { code: 'text-cut', message: 'userData: found 257 characters, wanted at most 256; the rest is cut here' },
    ])
  })

  test('a CDR too large for a topic is left out and stays in the table', () => {
    const fields = Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`f${n}`, 'x'.repeat(1000)]))
    const found = record(cdr({ ...fields, callEndTime: '10:00:00' }))
    expect(found).not.toHaveProperty('cdr')
    expect(found).toMatchObject({
      completeness: 'complete',
      endedAt: '2026-01-27T10:00:00.000Z',
      problems: [{ code: 'cdr-left-out' }],
    })
  })

  test('hundreds of events give a record of bounded size', () => {
    const events = Array.from({ length: 400 }, (_, n) =>
      status(n % 2 ? 'collectInfo' : 'disconnect', 'bad', {
        digitInfo: `${n}`.repeat(300),
        stateCode: n,
        stateDesc: '"'.repeat(500),
      }),
    )
    const found = record(...events)
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(32 * 1024)
    expect(found.digits).toHaveLength(256)
    expect(found.problems).toHaveLength(20)
    expect(found.failure?.codes).toHaveLength(20)
    expect(record(status('collectInfo', '10:00:00', { digitInfo: '1'.repeat(257) })).problems).toEqual([
      { code: 'text-cut', message: 'digits: found over 256 characters; the rest is cut here' },
    ])
  })
})
