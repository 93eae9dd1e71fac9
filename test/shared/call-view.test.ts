import { describe, expect, test } from 'vitest'
import { toCallRecord } from '../../shared/call-record.ts'
import { parseCallsQuery, toCallIds, toCallView, toCursorText } from '../../shared/call-view.ts'
import { type Cursor, partitions } from '../../shared/calls-table.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { Json } from '../../shared/json.ts'
import { cdr, settings, status, toFacts } from './messages.ts'

describe('toCallView', () => {
  const callId = 'voice-call/s'
  const callout = { ...status('callout', '10:00:00', { called: '+8613800000021' }), region: 'x' }
  const answered = status('answer', '10:00:04')
  const unknown = status('on-hold', '10:00:05')
  const untimed = status('disconnect', '', { stateCode: 0, extra: { deep: ['', null] } })
  const fee = cdr({ callOutAnswerTime: '10:00:04', callEndTime: '10:00:09', serviceType: '001', unknown: [1] })

  test('shows the record and every callback as it was received, in the order of the call', () => {
    const facts = toFacts([untimed, fee, unknown, answered, callout])
    const { events, ...record } = toCallView({ callId, facts }, settings)
    expect(record).toStrictEqual(toCallRecord(foldCall(callId, facts, settings)))
    expect(record).toMatchObject({ id: 'voice-call/s#5.1', disposition: 'answered', talkSeconds: 5 })
    expect(events).toStrictEqual([
      { event: 'callout', at: '2026-01-27T10:00:00.000Z', received: callout },
      { event: 'answer', at: '2026-01-27T10:00:04.000Z', received: answered },
      { event: 'event', at: '2026-01-27T10:00:05.000Z', received: unknown },
      { event: 'cdr', at: '2026-01-27T10:00:09.000Z', received: fee },
      { event: 'disconnect', received: untimed },
    ])
  })

  test('shows a fact once, however often it is given, and text whole that the record cuts', () => {
    const long = cdr({ userData: 'x'.repeat(300) })
    const view = toCallView({ callId, facts: toFacts([long, long]) }, settings)
    expect(view.revision).toBe(1)
    expect(view.userData).toBe('x'.repeat(256))
    expect(view.events).toStrictEqual([{ event: 'cdr', received: long }])
  })

  test('shows the session id as it came', () => {
    const message = { eventType: 'answer', statusInfo: { sessionId: 17 } }
    const view = toCallView({ callId: 'voice-call/17', facts: toFacts([message]) }, settings)
    expect(view.callId).toBe('voice-call/17')
    expect(view.events).toStrictEqual([{ event: 'answer', received: message }])
  })
})

describe('toCallIds', () => {
  test('gives the id as it is, then decoded', () => {
    const cases: readonly [source: string | undefined, id: string | undefined, ids: readonly string[]][] = [
      ['voice-call', 's', ['voice-call/s']],
      ['voice-call', '1201_601@host.example.com', ['voice-call/1201_601@host.example.com']],
      ['voice-call', 'a/b+c', ['voice-call/a/b+c']],
      ['voice-call', 'a%2Fb', ['voice-call/a%2Fb', 'voice-call/a/b']],
      ['voice-call', '%E8%AF%AD', ['voice-call/%E8%AF%AD', 'voice-call/语']],
      ['voice-call', '%2525', ['voice-call/%2525', 'voice-call/%25']],
      ['voice-call', '100%', ['voice-call/100%']],
      ['voice-call', '%E8', ['voice-call/%E8']],
      ['voice-call', '__proto__', ['voice-call/__proto__']],
      ['voice-call', 'x'.repeat(256), [`voice-call/${'x'.repeat(256)}`]],
      ['voice-call', 'x'.repeat(257), []],
      ['voice-call', `%40${'x'.repeat(255)}`, [`voice-call/@${'x'.repeat(255)}`]],
      ['voice-call', `%40${'x'.repeat(256)}`, []],
      ['voice-call', undefined, ['voice-call/']],
      ['quarantined', 's', []],
      ['__proto__', 's', []],
      ['', 's', []],
      [undefined, undefined, []],
    ]
    for (const [source, id, ids] of cases) expect(toCallIds(source, id), `${source}/${id}`).toEqual(ids)
  })
})

describe('parseCallsQuery', () => {
  const day = '2026-01-27'
  const now = new Date(`${day}T23:59:59.999Z`)
  const after = { listedAt: `${day}T10:00:00.000Z`, id: 'voice-call/语/s' }
  const last = partitions.length - 1
  const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('takes the day, the limit and the cursor, and has a default for each', () => {
    const from = (start: Cursor) => toCursorText(start)
    const cases: readonly [{ readonly [name: string]: string }, start: Cursor, limit: number][] = [
      [{}, { day, partition: 0 }, 50],
      [{ limit: '1' }, { day, partition: 0 }, 1],
      [{ limit: '50' }, { day, partition: 0 }, 50],
      [{ limit: '07' }, { day, partition: 0 }, 7],
      [{ day: '2024-02-29' }, { day: '2024-02-29', partition: 0 }, 50],
      [{ cursor: from({ day: '2019-01-24', partition: 3 }) }, { day: '2019-01-24', partition: 3 }, 50],
      [{ cursor: from({ day, partition: 0, after }) }, { day, partition: 0, after }, 50],
      [{ day, limit: '2', cursor: from({ day, partition: last, after }) }, { day, partition: last, after }, 2],
      [{ cursor: encode({ day, partition: 0, after: { ...after, x: 1 }, x: 1 }) }, { day, partition: 0, after }, 50],
    ]
    for (const [query, start, limit] of cases)
      expect(parseCallsQuery(query, now), JSON.stringify(query)).toStrictEqual({ start, limit })
  })

  test('a cursor is safe in a URL', () => {
    for (const id of ['???>>>', '语音~~~', '\u{1F600}'])
      expect(toCursorText({ day, partition: 0, after: { ...after, id } })).toMatch(/^[\w-]+$/)
  })

  test('refuses all else by the name of the parameter, without showing it', () => {
    const wanted = {
      limit: '1 to 50',
      day: 'a UTC day, yyyy-MM-dd',
      cursor: 'the cursor of the page before, for the same day',
    }
    const cursors: readonly Json[] = [
      null,
      [],
      7,
      {},
      { partition: 0 },
      { day },
      { day: 20260127, partition: 0 },
      { day: '27.01.2026', partition: 0 },
      { day: '2026-13-01', partition: 0 },
      ...[-1, 0.5, partitions.length, '0', null].map((partition) => ({ day, partition })),
      ...[null, 'x', [], {}, { listedAt: after.listedAt }, { id: after.id }].map((bad) => ({
        day,
        partition: 0,
        after: bad,
      })),
      { day, partition: 0, after: { ...after, listedAt: '2026-01-28T00:00:00.000Z' } },
      { day, partition: 0, after: { ...after, listedAt: 7 } },
      { day, partition: 0, after: { ...after, id: '' } },
      { day, partition: 0, after: { ...after, id: 7 } },
    ]
    const refused: readonly (readonly [keyof typeof wanted, { readonly [name: string]: string }])[] = [
      ...['', '0', '00', '51', '100', '-1', '1.5', ' 5', '5,5', 'secret'].map((limit) => ['limit', { limit }] as const),
      ...['', 'secret', '2026-1-27', '2026-01-27T00:00:00Z', '2026-01-32', '2026-13-01', ' 2026-01-27', '20260127'].map(
        (text) => ['day', { day: text }] as const,
      ),
      ...['', '!', 'secret', encode(day).slice(0, -2)].map((cursor) => ['cursor', { cursor }] as const),
      ...cursors.map((cursor) => ['cursor', { cursor: encode(cursor) }] as const),
      ['cursor', { day: '2026-01-26', cursor: toCursorText({ day, partition: 0 }) }],
      ['limit', { limit: 'x', day: 'x', cursor: 'x' }],
      ['day', { day: 'x', cursor: 'x' }],
    ]
    for (const [name, query] of refused)
      expect(() => parseCallsQuery(query, now), JSON.stringify(query)).toThrow(
        expect.objectContaining({
          name: 'SenderError',
          code: 'bad-request',
          message: `Cannot list calls: found another value for ${name}, wanted ${wanted[name]}`,
          pointer: '',
        }),
      )
  })

  test('refuses a day that is in no calendar', () => {
    for (const absent of ['2026-02-30', '2026-04-31', '2025-02-29'])
      expect(() => parseCallsQuery({ day: absent }, now), absent).toThrow(
        expect.objectContaining({ code: 'bad-request' }),
      )
  })
})
