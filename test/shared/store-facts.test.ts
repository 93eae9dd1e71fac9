import { expect, test, vi } from 'vitest'
import type { CallsTable } from '../../shared/calls-table.ts'
import { storeBatch, storeFacts, toBatch } from '../../shared/store-facts.ts'
import { sqsRecord } from '../sqs-record.ts'
import { cdr, settings, status } from './messages.ts'

const message = (messageId: string, body: unknown, receivedAt: string) =>
  sqsRecord(messageId, JSON.stringify(body), { source: 'voice-call', receivedAt })

const batch = toBatch([
  message('late', status('answer', '10:00:05'), '2026-01-27T10:00:06.000Z'),
  message('early', status('callout', '10:00:00'), '2026-01-27T10:00:01.000Z'),
  message('last', cdr({ callEndTime: '10:01:00' }), '2026-01-27T10:01:01.000Z'),
])

const full = Object.assign(new Error('Item size to update has exceeded the maximum allowed size'), {
  name: 'ValidationException',
})

test('facts of one call come together with all their messages and the earliest receipt', () => {
  expect(batch.rejected).toEqual([])
  expect(batch.calls).toMatchObject([
    {
      callId: 'voice-call/s',
      messageIds: ['late', 'early', 'last'],
      receivedAt: '2026-01-27T10:00:01.000Z',
    },
  ])
  expect(batch.calls[0]?.facts.map(({ fact }) => fact.name.split(':')[0])).toEqual(['answer', 'callout', 'cdr'])
})

test('an outage while facts are written one by one goes back to the queue, and no fact is quarantined for it', async () => {
  const outage = new Error('throttled')
  let writes = 0
  const table: CallsTable = {
    addFacts: () => Promise.reject(writes++ === 0 ? full : outage),
    getCall: () => Promise.reject(new Error('nothing is read')),
    show: () => Promise.reject(new Error('nothing is shown')),
    markMissing: () => Promise.reject(new Error('nothing is missing')),
    quarantine: () => Promise.reject(new Error('nothing is at fault')),
  }
  const [call] = batch.calls
  await expect(call && storeFacts(call, table, settings)).rejects.toBe(outage)
  expect(writes).toBe(2)
})

test('once a fact does not fit, no larger one is tried, and a quarantine that fails goes back to the queue', async () => {
  let writes = 0
  const quarantined: string[] = []
  const table: CallsTable = {
    addFacts: async () => {
      writes++
      throw full
    },
    getCall: () => Promise.reject(new Error('nothing is read')),
    show: () => Promise.reject(new Error('nothing is shown')),
    markMissing: () => Promise.reject(new Error('nothing is missing')),
    quarantine: async ({ body }) => {
      quarantined.push(body)
    },
  }
  const many = toBatch(
    Array.from({ length: 90 }, (_, n) =>
      message(`${n}`, status('collectInfo', '10:00:00', { digitInfo: `${n + 10}` }), '2026-01-27T10:00:00.000Z'),
    ),
  )
  const [call] = many.calls
  expect(call && (await storeFacts(call, table, settings))).toEqual({ known: undefined, quarantined: 90 })
  expect([writes, quarantined.length]).toEqual([2, 90])
  const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const refusing = { ...table, quarantine: () => Promise.reject(new Error('throttled')) }
  await expect(call && storeFacts(call, refusing, settings)).rejects.toThrow('found 90 facts refused, wanted none')
  errors.mockRestore()
})

test('a call that is erased before it is shown is not written again', async () => {
  let shows = 0
  const [call] = toBatch([message('1', cdr({ callEndTime: '10:00:00' }), '2026-01-27T10:00:00.000Z')]).calls
  const table: CallsTable = {
    addFacts: async (callId, facts) => ({
      ...{ callId, facts, isMissing: false, heardAt: '2026-01-27T10:00:01.000Z' },
      shown: { talkSeconds: 5, disposition: 'answered', listedAt: '2026-01-27T10:00:00.000Z' },
    }),
    getCall: () => Promise.resolve(undefined),
    show: async () => {
      shows++
      return undefined
    },
    markMissing: () => Promise.reject(new Error('nothing is missing')),
    quarantine: () => Promise.reject(new Error('nothing is at fault')),
  }
  const stored = call && (await storeFacts(call, table, settings))
  expect([stored?.known?.call.revision, shows]).toEqual([1, 1])
})

test('a call that cannot be marked as missing goes back to the queue, and only its message does', async () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const sweepMessage = (messageId: string, callId: string) =>
    sqsRecord(messageId, JSON.stringify({ callId }), { source: 'sweep' })
  const table: CallsTable = {
    addFacts: () => Promise.reject(new Error('nothing is stored')),
    getCall: () => Promise.reject(new Error('nothing is read')),
    show: () => Promise.reject(new Error('nothing is shown')),
    markMissing: (callId) =>
      callId === 'voice-call/a' ? Promise.reject(new Error('down')) : Promise.resolve(undefined),
    quarantine: () => Promise.reject(new Error('nothing is at fault')),
  }
  const messages = toBatch([sweepMessage('1', 'voice-call/a'), sweepMessage('2', 'voice-call/b')])
  expect(await storeBatch(messages, table, settings)).toEqual({
    due: [],
    callFull: 0,
    failed: [{ callId: 'voice-call/a', messageIds: ['1'] }],
  })
  expect(errors.mock.calls).toEqual([[expect.stringMatching(/^Cannot mark call [\w-]{16} as missing: Error$/)]])
  errors.mockRestore()
})
