import { expect, test } from 'vitest'
import type { CallsReader, StoredCall } from '../../shared/calls-table.ts'
import { findOverdue, readOverdue, toOverdueCallback, toSweepCounts } from '../../shared/sweep.ts'
import { settings, status, toFacts } from './messages.ts'

const now = new Date('2026-01-27T20:00:00.000Z')
const open = (callId: string, heardAt: string | undefined, message = status('callout', '10:00:00')): StoredCall => ({
  callId: `voice-call/${callId}`,
  facts: toFacts([message]),
  isMissing: false,
  heardAt,
  shown: { talkSeconds: undefined, disposition: undefined, listedAt: heardAt },
})

test('a call is overdue 7 hours after its last status event, a private number 11', async () => {
  const asked: unknown[] = []
  const calls = [
    open('due', '2026-01-27T13:00:00.000Z'),
    open('not-yet', '2026-01-27T13:00:00.001Z'),
    open('private', '2026-01-27T13:00:00.000Z', status('callin', '10:00:00')),
    open('private-not-yet', '2026-01-27T09:00:00.001Z', status('callin', '10:00:00')),
    open('private-due', '2026-01-27T09:00:00.000Z', status('callin', '10:00:00')),
    open('of-an-older-version', undefined),
  ]
  const listOpen: CallsReader['listOpen'] = async (...asking) => {
    asked.push(...asking)
    return calls.map(({ callId }) => callId)
  }
  const getCalls: CallsReader['getCalls'] = async (ids) => calls.filter(({ callId }) => ids.includes(callId))
  const found: string[] = []
  for await (const some of findOverdue({ listOpen, getCalls } as CallsReader, settings, now)) found.push(...some)
  expect(found).toEqual(['voice-call/due', 'voice-call/private-due'])
  expect(asked).toEqual([new Date('2026-01-27T13:00:00.000Z'), 125])
})

test('what tells of an overdue call is read back', () => {
  const callback = toOverdueCallback('voice-call/s', now)
  expect(callback).toMatchObject({ source: 'sweep', receivedAt: now.toISOString() })
  expect(readOverdue(callback.body)).toBe('voice-call/s')
  for (const body of ['{}', '{"callId":""}', '{"callId":1}'])
    expect(() => readOverdue(body)).toThrow('Cannot tell the call')
})

test('what waits is counted with the age of the oldest', () => {
  const none = { count: 0, oldest: undefined }
  expect(toSweepCounts({ count: 2, oldest: '2026-01-27T19:59:00.000Z' }, none, true, now)).toEqual({
    held: 2,
    heldOldestSeconds: 60,
    missing: 0,
    missingOldestSeconds: 0,
  })
  expect(toSweepCounts(none, { count: 1, oldest: '2026-01-28T00:00:00.000Z' }, false, now)).toMatchObject({
    missingOldestSeconds: 0,
    searchesPutOff: 1,
  })
})
