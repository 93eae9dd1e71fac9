import { expect, test } from 'vitest'
import { createCallBoard } from '../../local/page/call-board.ts'
import { createCallbackLog, toRefusalCode } from '../../local/page/callback-log.ts'
import { toBatch } from '../../shared/store-facts.ts'

const exchange = (body: string, status = 200) => ({
  at: 0,
  method: 'POST',
  target: '/cdr',
  route: '/cdr',
  headers: [],
  bytes: body.length,
  body: Buffer.from(body),
  status,
  answer: '{"code":"not-json","message":"…"}',
  milliseconds: 1,
})
const none = toBatch([])
const stored = { verdict: 'valid', state: 'stored' } as const

test('the last callbacks are kept, no more than so many and so many bytes', () => {
  const log = createCallbackLog({ callbacks: 3, bytes: 10 })
  for (const body of ['a', 'b', 'c', 'd']) log.add(exchange(body))
  expect([log.all().map(({ id }) => id), log.dropped()]).toEqual([[2, 3, 4], 1])
  log.add(exchange('123456789'))
  expect([log.all().map(({ id }) => id), log.dropped()]).toEqual([[4, 5], 3])
  expect(log.get(1)).toBeUndefined()
  // Nothing that was dropped is settled.
  expect(log.settle('a', none, stored)).toBeUndefined()
})

test('a message of the queue belongs to the callback that has waited longest for it', () => {
  const log = createCallbackLog({ callbacks: 10, bytes: 1000 })
  const [first, second, refused] = [
    log.add(exchange('same')),
    log.add(exchange('same')),
    log.add(exchange('same', 401)),
  ]
  expect(log.settle('same', none, { ...stored, state: 'returned' })).toBe(first)
  expect(log.settle('same', none, stored)).toBe(second)
  // One that comes back was one of those.
  expect(log.settle('same', none, stored)).toBe(second)
  expect([refused.state, toRefusalCode(refused.exchange)]).toEqual(['refused', 'not-json'])
  expect([first.state, second.state, second.verdict]).toEqual(['returned', 'stored', 'valid'])
  // With a byte order mark, and as the queue takes characters.
  const marked = log.add(exchange('\uFEFF"\uFFFE"'))
  expect(log.settle('"\\ufffe"', none, stored)).toBe(marked)
})

test('the next equal request is the replay that was asked for', () => {
  const log = createCallbackLog({ callbacks: 10, bytes: 1000 })
  const first = log.add(exchange('again'))
  log.expectReplay(first)
  expect(
    [log.add(exchange('other')), log.add(exchange('again')), log.add(exchange('again'))].map((one) => one.replayOf),
  ).toEqual([undefined, 1, undefined])
})

test('calls that were not heard of for longest are dropped, and each change is read once', () => {
  const board = createCallBoard(2)
  for (const callId of ['a', 'b', 'a', 'c']) board.touch(callId)
  expect(board.takeChanged(1)).toEqual(['c'])
  expect(board.takeChanged(9)).toEqual(['a'])
  expect([board.hasChanged(), board.dropped(), board.takeDropped().length, board.takeDropped().length]).toEqual([
    false,
    1,
    1,
    0,
  ])
  expect([board.orderOf('a'), board.orderOf('c'), board.orderOf('b')]).toEqual([1, 3, 0])
})
