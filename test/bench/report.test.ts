import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { findOver } from '../../bench/limits.ts'
import { toTables, writeTables } from '../../bench/report.ts'
import { Results } from '../../bench/results.ts'

const of = (value: number) => ({ lower: value - 0.1, median: value, upper: value + 0.1 })
const resultsOf = (worker: number, ack = 1): Results => {
  const timing = (variant: string, value: number) => ({
    measuredAt: '2026-01-27T10:00:00.000Z',
    load: [0.5, 1] satisfies [number, number],
    rounds: 20,
    requestsPerBlock: 3,
    rows: [
      { variant: 'floor', milliseconds: 81.44, ratio: of(1), cpuRatio: of(1) },
      { variant, milliseconds: 1234.5, ratio: of(value), cpuRatio: of(4) },
    ],
  })
  return {
    machine: { node: 'v20.19.0', platform: 'linux x64', cores: 2 },
    worker: timing('store-callbacks', worker),
    ackQuick: timing('receive-cdr', ack),
  }
}

test('a figure is over its limit when its lower quartile is so in every run', () => {
  expect(findOver([resultsOf(2.55)])).toEqual([])
  expect(findOver([resultsOf(2.7)])).toEqual(['the worker: found 2.60 of store-callbacks, wanted at most 2.5'])
  expect(findOver([resultsOf(2.7), resultsOf(2.5)])).toEqual([])
  expect(findOver([resultsOf(2, 2), resultsOf(4, 3)])).toEqual([
    'the answer, queue at once: found 1.90 of receive-cdr, wanted at most 1.8',
  ])
})

test('a table shows the median, between what half of the rounds lie, and the limit of what has one', () => {
  const tables = toTables(resultsOf(2.5))
  expect(tables.map(({ name }) => name)).toEqual(['machine', 'ack-at-once', 'worker'])
  expect(tables.at(-1)?.text).toBe(`\
| variant         | median  | time / floor        | CPU / floor         | at most |
| --------------- | ------- | ------------------- | ------------------- | ------- |
| floor           | 81.4 ms | 1.00 (0.90 to 1.10) | 1.00 (0.90 to 1.10) |         |
| store-callbacks | 1235 ms | 2.50 (2.40 to 2.60) | 4.00 (3.90 to 4.10) | 2.5     |

20 rounds, 3 in a block, 2026-01-27, load 0.5 to 1.0.`)
})

test('tables go where a document has their places, and nowhere else', () => {
  const { machine } = resultsOf(1)
  const document = 'a\n<!-- bench:machine -->\nold\n<!-- /bench:machine -->\nb'
  const written = 'a\n<!-- bench:machine -->\n\nNode.js v20.19.0, linux x64, 2 cores\n\n<!-- /bench:machine -->\nb'
  expect(writeTables(document, { machine })).toBe(written)
  expect(writeTables(written, { machine })).toBe(written)
  expect(() => writeTables('', { machine })).toThrow(
    'Cannot write the tables: found no place for machine, wanted <!-- bench:machine --> and <!-- /bench:machine -->',
  )
})

test('docs/performance.md shows bench/results.json', async () => {
  const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
  const document = await read('docs/performance.md')
  const results = v.parse(Results, JSON.parse(await read('bench/results.json')))
  expect(writeTables(document, results)).toBe(document)
})
