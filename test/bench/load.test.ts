import { describe, expect, test } from 'vitest'
import { toCapacity, toVerdicts, typicalQuestion } from '../../bench/cost/capacity-tables.ts'
import { typicalAssumptions as times } from '../../bench/cost/cost-tables.ts'
import counts from '../../bench/cost/counts.json' with { type: 'json' }
import limits from '../../bench/cost/limits.json' with { type: 'json' }
import {
  type Load,
  type Settings,
  simulateLoad,
  toAdvice,
  toBatchSeconds,
  toCallbacksKept,
  toQuotas,
  toWorkersNeeded,
} from '../../bench/cost/load.ts'

const deployed: Settings = { workerConcurrency: 5, apiRateLimit: 10_000, apiBurstLimit: 5000, warmUnits: 4000 }
const load = (rate: number, seconds: number, changed: Partial<Load> = {}): Load => ({
  name: 'load',
  perSecond: Array<number>(seconds).fill(rate),
  factsPerCallback: 1,
  tableUnitsPerFact: 1,
  indexUnitsPerFact: 0.5,
  recordsPerFact: 0.1,
  ...changed,
})
const simulate = (of: Load, changed: Partial<Settings> = {}, account = limits) =>
  simulateLoad(of, { ...deployed, ...changed }, times, account)

test('a batch of ten facts takes 100 ms, so five workers keep up with 500 callbacks a second', () => {
  expect(toBatchSeconds(10, times)).toBe(0.1)
  expect(toWorkersNeeded(500, 1, times)).toBe(5)
  expect(toWorkersNeeded(501, 1, times)).toBe(6)
  expect(toCallbacksKept(5, 1, times)).toBe(500)
  expect(simulate(load(500, 60))).toMatchObject({ largestBacklog: 0, largestAge: 0, drainedAfter: 0, workers: 5 })
})

test('what the workers do not keep up with waits', () => {
  // 500 a second stay behind for a minute, and take another to be stored.
  expect(simulate(load(1000, 60))).toMatchObject({ largestBacklog: 30_000, drainedAfter: 60, largestAge: 59 })
  expect(simulate(load(1000, 60), { workerConcurrency: 13 })).toMatchObject({ drainedAfter: 0 })
})

test('the API takes its rate and once its burst', () => {
  expect(simulate(load(20_000, 2))).toMatchObject({ callbacks: 40_000, refused: 15_000 })
  expect(simulate(load(15_000, 1))).toMatchObject({ refused: 0 })
  // The stage's own limits count where they are lower.
  expect(simulate(load(2000, 10), { apiRateLimit: 1000, apiBurstLimit: 500 })).toMatchObject({ refused: 9500 })
})

test('a new account starts ten functions, of ten requests a second each', () => {
  const account = { ...limits, lambda: { ...limits.lambda, concurrency: 10 } }
  expect(simulate(load(100, 60), {}, account)).toMatchObject({ throttled: 0 })
  const { throttled, accepted } = simulate(load(300, 60), {}, account)
  expect(throttled).toBeGreaterThan(0)
  expect(throttled + accepted).toBe(18_000)
})

test('functions come into being a thousand in ten seconds', () => {
  const slow = { ...times, ackMs: 1000 }
  const account = { ...limits, lambda: { ...limits.lambda, concurrency: 5000 } }
  const { throttled, receivers } = simulateLoad(load(1500, 10), deployed, slow, account)
  // 1,000 at once, then 100 a second: 500 are wanting at first.
  expect({ throttled, receivers }).toEqual({ throttled: 500 + 400 + 300 + 200 + 100, receivers: 1500 })
})

test('a write that is throttled comes again after the visibility timeout', () => {
  const workers = { workerConcurrency: 100 }
  // Five pollers store 500 in the first second, and five more come with each.
  expect(simulate(load(5000, 1), workers)).toMatchObject({ writesThrottled: 0, drainedAfter: 3, tableUnits: 2000 })
  const throttled = simulate(load(5000, 60, { tableUnitsPerFact: 2 }), workers)
  expect(throttled.writesThrottled).toBeGreaterThan(0)
  expect(throttled.largestAge).toBeGreaterThanOrEqual(360)
  expect(throttled.tableUnits).toBe(4000)
  expect(simulate(load(5000, 60, { tableUnitsPerFact: 2 }), { ...workers, warmUnits: 20_000 }).writesThrottled).toBe(0)
})

test("an index's partitions are a limit of their own", () => {
  const heavy = load(5000, 60, { indexUnitsPerFact: 4 })
  const { indexUnits, indexPartitionUnits } = simulate(heavy, { workerConcurrency: 100, warmUnits: 40_000 })
  expect(indexUnits).toBeLessThanOrEqual(8000)
  expect(indexPartitionUnits).toBeLessThanOrEqual(1000)
})

test('a table takes twice what it has taken half an hour before', () => {
  const settings = { workerConcurrency: 200, warmUnits: 1000 }
  expect(simulate(load(1200, 600), settings).tableUnits).toBe(1000)
  expect(simulate(load(1200, 1900), settings).tableUnits).toBe(2000)
})

describe.each([
  ['a minute of many', load(12_000, 60)],
  ['an hour of some', load(700, 3600)],
  ['a burst of large ones', load(2000, 1, { factsPerCallback: 50 })],
  ['nothing', load(0, 10)],
])('%s', (_, of) => {
  test('no callback is lost from the sum', () => {
    const { callbacks, refused, throttled, accepted } = simulate(of)
    expect(refused + throttled + accepted).toBe(callbacks)
  })

  test('what is advised stores it within a minute or so', () => {
    const advice = toAdvice(of, deployed, times)
    expect(advice.workerConcurrency).toBeGreaterThanOrEqual(5)
    const { drainedAfter = Number.POSITIVE_INFINITY } = simulateLoad(of, advice, times, limits)
    expect(drainedAfter).toBeLessThanOrEqual(65)
  })
})

test('a day of 100 million calls asks for more of these quotas', () => {
  const perCall = { callbacks: 7, facts: 7, tableUnits: 9, indexUnits: 3 }
  const needs = (peak: number) =>
    Object.fromEntries(
      toQuotas(100_000_000, peak, perCall, deployed, times, limits).map((quota) => [quota.what, quota.needs]),
    )
  expect(needs(1)).toMatchObject({
    'API Gateway, requests': 8102,
    'Lambda, concurrent executions': 892,
    workerConcurrency: 82,
    'DynamoDB, table, new': 10_417,
    'DynamoDB, index, new': 3473,
  })
  expect(needs(2)).toMatchObject({ 'API Gateway, requests': 16_204, 'Lambda, concurrent executions': 1783 })
})

test('the verdicts say what is too small', () => {
  const capacity = toCapacity(counts.typical, typicalQuestion, deployed, times, limits)
  const [kept, ...others] = toVerdicts(capacity, deployed)
  expect(kept).toBe('5 workers keep up with 500 callbacks a second.')
  expect(others).toHaveLength(3)
  expect(others[0]).toMatch(/^1,000 callbacks a second for 600 s: workerConcurrency 5 is too small, 13 are enough/)
  const large = { ...deployed, workerConcurrency: 100, warmUnits: 13_000 }
  expect(toVerdicts(toCapacity(counts.typical, typicalQuestion, large, times, limits), large)).toHaveLength(1)
})
