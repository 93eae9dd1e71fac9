import { expect, test } from 'vitest'
import { toRows } from '../../bench/measure.ts'
import { runRounds } from '../../bench/rounds.ts'
import { toQuartiles, toRatios } from '../../bench/statistics.ts'

test('quartiles lie between the values where no value lies on them', () => {
  expect(toQuartiles([7])).toEqual({ lower: 7, median: 7, upper: 7 })
  expect(toQuartiles([4, 1, 3, 2])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25 })
  expect(toQuartiles([5, 1, 4, 2, 3])).toEqual({ lower: 2, median: 3, upper: 4 })
  expect(toQuartiles([10, 9])).toEqual({ lower: 9.25, median: 9.5, upper: 9.75 })
})

test('quartiles of nothing are an error', () => {
  expect(() => toQuartiles([])).toThrow(new RangeError('Cannot take quartiles: found no values, wanted one or more'))
})

test('a ratio is taken within a round, so that a slow round is no slow variant', () => {
  const rounds = [
    new Map([
      ['floor', 10],
      ['ours', 15],
    ]),
    new Map([
      ['floor', 100],
      ['ours', 150],
    ]),
  ]
  expect(toRatios(rounds, 'ours', 'floor')).toEqual([1.5, 1.5])
  expect(() => toRatios(rounds, 'theirs', 'floor')).toThrow(
    'Cannot compare: found nothing of theirs in round 0, wanted a block of it',
  )
})

test('every other round goes the other way, and rounds to warm up are not counted', async () => {
  const order: string[] = []
  const variants = ['a', 'b', 'c'].map((name) => ({ name }))
  const rounds = await runRounds(variants, { rounds: 2, warmUps: 1 }, async ({ name }) => {
    order.push(name)
    return order.length
  })
  expect(order.join('')).toBe('abccbaabc')
  expect(rounds).toEqual([
    new Map([
      ['c', 4],
      ['b', 5],
      ['a', 6],
    ]),
    new Map([
      ['a', 7],
      ['b', 8],
      ['c', 9],
    ]),
  ])
})

test('a row tells milliseconds, and time and CPU time as ratios to the floor of the same round', () => {
  const round = (floor: number, ours: number) =>
    new Map([
      ['ours', { wall: ours, cpu: ours * 3 }],
      ['floor', { wall: floor, cpu: floor }],
    ])
  const one = { lower: 1, median: 1, upper: 1 }
  expect(toRows([round(1000, 2000), round(3000, 6000)], ['floor', 'ours'])).toEqual([
    { variant: 'floor', milliseconds: 2, ratio: one, cpuRatio: one },
    {
      variant: 'ours',
      milliseconds: 4,
      ratio: { lower: 2, median: 2, upper: 2 },
      cpuRatio: { lower: 6, median: 6, upper: 6 },
    },
  ])
})
