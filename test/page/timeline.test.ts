import { expect, test } from 'vitest'
import { toSentence, toTimeline } from '../../local/page/browser/timeline.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 0, 27, 8, 0, second)).toISOString()

test('a call of two legs is drawn to scale on one axis', () => {
  const timeline = toTimeline({
    endedAt: at(40),
    legs: [
      { party: 'A', number: '+8613800000021', startedAt: at(0), ringingAt: at(2), answeredAt: at(4) },
      { party: 'B', startedAt: at(5), ringingAt: at(5), answeredAt: at(30) },
    ],
  })
  expect(timeline).toMatchObject({ seconds: 40, isOpen: false })
  expect(timeline?.ticks.map(({ left, label }) => `${left} ${label}`)).toEqual([
    '0 0',
    '25 10 s',
    '50 20 s',
    '75 30 s',
    '100 40 s',
  ])
  expect(timeline?.lanes[0]?.bars).toEqual([
    { kind: 'dial', left: 0, width: 5, seconds: 2 },
    { kind: 'ring', left: 5, width: 5, seconds: 2 },
    { kind: 'talk', left: 10, width: 90, seconds: 36 },
  ])
  expect(timeline?.lanes[1]?.bars).toMatchObject([
    { kind: 'dial', left: 12.5, width: 0 },
    { kind: 'ring', left: 12.5, width: 62.5 },
    { kind: 'talk', left: 75, width: 25 },
  ])
  const [a] = timeline?.lanes ?? []
  expect(a && toSentence(a)).toBe('Leg A, +8613800000021: start at 0 s, ring at 2 s, answer at 4 s, end at 40 s')
})

test('a call that has not ended ends where nothing more is known, one that was not answered rings to its end', () => {
  expect(toTimeline({ legs: [{ party: 'A', startedAt: at(0), ringingAt: at(3) }] })).toMatchObject({
    isOpen: true,
    seconds: 3,
    lanes: [
      {
        number: '?',
        bars: [
          { kind: 'dial', width: 100 },
          { kind: 'ring', left: 100, width: 0 },
        ],
      },
    ],
  })
  expect(toTimeline({ endedAt: at(20), legs: [{ party: 'A', startedAt: at(0), ringingAt: at(0) }] })).toMatchObject({
    lanes: [
      {
        bars: [
          { kind: 'dial', width: 0 },
          { kind: 'ring', left: 0, width: 100 },
        ],
      },
    ],
  })
})

test('times that contradict each other and calls of any length stay within the axis', () => {
  const backwards = { party: 'A', startedAt: at(9), ringingAt: at(5), answeredAt: at(7) } as const
  for (const endedAt of [at(0), at(6), at(600), at(200_000)]) {
    const timeline = toTimeline({ endedAt, legs: [backwards] })
    expect(timeline?.ticks.length).toBeLessThanOrEqual(7)
    for (const { left, width } of timeline?.lanes[0]?.bars ?? []) {
      expect(width).toBeGreaterThanOrEqual(0)
      expect(left).toBeGreaterThanOrEqual(0)
      expect(left + width).toBeLessThanOrEqual(100 + 1e-9)
    }
  }
  expect(toTimeline({ legs: [{ party: 'A', startedAt: at(0) }] })).toMatchObject({ seconds: 1 })
  expect(toTimeline({ endedAt: at(1), legs: [{ party: 'A' }] })).toBeUndefined()
  expect(toTimeline({ legs: [] })).toBeUndefined()
})
