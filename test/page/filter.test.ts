import { expect, test } from 'vitest'
import { countStates, isNumberTyped, stateOfCallback, textOfCall, toMatcher } from '../../local/page/browser/filter.ts'
import { toClock, toDuration, toMoment } from '../../local/page/browser/format.ts'
import { toPretty } from '../../local/page/browser/pretty-json.ts'
import type { CallbackRow, CallRow } from '../../local/page/messages.ts'

const call: CallRow = {
  key: 'k',
  id: 'voice-call/1201_x',
  order: 1,
  at: '2026-01-27T08:00:00.000Z',
  scenario: 'call-back',
  parties: ['+86138***0021', '+86139***7021'],
  state: 'ended',
  disposition: 'no-answer',
  ringSeconds: 1,
  talkSeconds: undefined,
  billableMinutes: 0,
  completeness: 'complete',
  revision: 3,
  problems: 0,
}

test('every word has to be in a row, in any case and order; of a masked number only what is seen', () => {
  const text = textOfCall(call)
  for (const typed of ['', '  ', '0021', 'NO-answer 1201_X', '7021 call-back'])
    expect(toMatcher(typed)(text)).toBe(true)
  for (const typed of ['13800000021', 'busy', '0021 busy']) expect(toMatcher(typed)(text)).toBe(false)
  expect(['', '0021', 'busy 7021', '+86 138 0000 0021', '13800'].map(isNumberTyped)).toEqual([
    false,
    false,
    false,
    true,
    true,
  ])
})

test('a callback is refused, quarantined in part, back on the queue or taken', () => {
  const row: Pick<CallbackRow, 'status' | 'rejected' | 'state'> = { status: 200, rejected: [], state: 'stored' }
  const fault = { code: 'no-session-id', message: '', pointer: '' }
  const stateOf = (part: object) => stateOfCallback({ ...row, ...part } as CallbackRow)
  expect([{}, { status: 401 }, { rejected: [fault] }, { state: 'returned' }].map(stateOf)).toEqual([
    'taken',
    'refused',
    'quarantined',
    'returned',
  ])
  expect(countStates(['b', 'a', 'c', 'c'])).toEqual([
    ['c', 2],
    ['a', 1],
    ['b', 1],
  ])
})

test('JSON is made legible without being read: long numbers stay, and what is no JSON stays as it is', () => {
  const json = '{"a":[1,{"b\\"":" :,{} "}],"empty":{},"none":[],"long":12345678901234567890}'
  expect(toPretty(json)).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b\\"": " :,{} "\n    }\n  ],\n  "empty": {},\n  "none": [],\n  "long": 12345678901234567890\n}',
  )
  expect(['{"a":', 'text', ''].map(toPretty)).toEqual(['{"a":', 'text', ''])
})

test('times and durations are short', () => {
  expect([undefined, 0, 1.44, 59.94, 60, 125, 3600].map(toDuration)).toEqual([
    '–',
    '0 s',
    '1.4 s',
    '59.9 s',
    '1:00',
    '2:05',
    '1:00:00',
  ])
  const now = new Date(2026, 0, 27, 12)
  const [today, yesterday, earlier] = [
    [2026, 0, 27],
    [2026, 0, 26],
    [2019, 0, 24],
  ].map(([year = 0, month = 0, day]) => new Date(year, month, day, 8, 1, 2).toISOString())
  expect([today, yesterday, earlier, ''].map((at = '') => Object.values(toClock(at, now)))).toEqual([
    ['time', '', '08:01:02'],
    ['day', '01-26', '08:01'],
    ['year', '2019-01-24', '08:01'],
    ['time', '', '–'],
  ])
  expect([today, yesterday, ''].map((at = '') => toMoment(at, now))).toEqual(['08:01:02', '2026-01-26 08:01:02', '–'])
  expect(toMoment(today ?? '')).toBe('2026-01-27 08:01:02')
})
