import { afterAll, beforeAll, expect, test } from 'vitest'
import { putThenUpdate, transactOnce } from '../../bench/cost/rivals.ts'
import { typicalCalls } from '../../bench/cost/typical-call.ts'
import { toMetricsLine } from '../../shared/metrics.ts'
import { type CountedAws, startCountedAws } from './counted-aws.ts'
import { countCall, countDeployment, countFullBatches, countIdleSweep } from './counts.ts'
import { countRival } from './rival-counts.ts'

let aws: CountedAws
let counts: {
  readonly sweep: Awaited<ReturnType<typeof countIdleSweep>>
  readonly typical: Awaited<ReturnType<typeof countCall>>
  readonly documented: Awaited<ReturnType<typeof countCall>>
  readonly fullBatches: Awaited<ReturnType<typeof countFullBatches>>
  readonly putThenUpdate: Awaited<ReturnType<typeof countRival>>
  readonly transactOnce: Awaited<ReturnType<typeof countRival>>
  readonly deployment: Awaited<ReturnType<typeof countDeployment>>
}

beforeAll(async () => {
  aws = await startCountedAws()
  counts = {
    sweep: await countIdleSweep(aws),
    typical: await countCall(aws, typicalCalls.typical(0)),
    documented: await countCall(aws, typicalCalls.documented(1)),
    fullBatches: await countFullBatches(aws),
    putThenUpdate: await countRival(putThenUpdate, typicalCalls.typical(2)),
    transactOnce: await countRival(transactOnce, typicalCalls.typical(3)),
    deployment: await countDeployment(),
  }
})
afterAll(() => aws.stop())

test('6 status events and a CDR take 7 requests to the table and at most 13 write units', () => {
  const { statusEvents, tableRequests, tableWriteUnits, indexWriteUnits } = counts.typical
  expect({ statusEvents, tableRequests }).toEqual({ statusEvents: 6, tableRequests: 7 })
  expect(tableWriteUnits + indexWriteUnits).toBeLessThanOrEqual(13)
})

test('the documented call-back, 7 status events and a CDR, takes 8 requests and at most 15 write units', () => {
  const { statusEvents, tableRequests, tableWriteUnits, indexWriteUnits } = counts.documented
  expect({ statusEvents, tableRequests }).toEqual({ statusEvents: 7, tableRequests: 8 })
  expect(tableWriteUnits + indexWriteUnits).toBeLessThanOrEqual(15)
})

test('a call takes at most 16.1 requests to AWS where batches are full', () => {
  const { calls, requests } = counts.fullBatches
  expect(requests / calls).toBeLessThanOrEqual(16.1)
})

test("a call's item has at most 2,304 bytes after its CDR", () => {
  for (const { itemBytesAfterEachCallback } of [counts.typical, counts.documented])
    expect(Math.max(...itemBytesAfterEachCallback)).toBeLessThanOrEqual(2304)
})

test('an answer logs nothing, a batch at most 600 bytes', () => {
  for (const { ackLogBytes, workerLogBytes } of [counts.typical, counts.documented]) {
    expect(ackLogBytes).toBe(0)
    expect(workerLogBytes).toBeLessThanOrEqual(600)
  }
  expect(counts.fullBatches.largestLogBytes).toBeLessThanOrEqual(600)
})

test('nor does a batch log more in which calls end in every way', () => {
  const dispositions = ['answered', 'no-answer', 'busy', 'rejected', 'canceled', 'failed']
  const line = toMetricsLine(
    'huawei-call-receiver-production',
    {
      'accepted.voice-call.valid': 10,
      stored: 500,
      'published.ended': 500,
      ...Object.fromEntries(dispositions.map((disposition) => [`ended.${disposition}`, 83])),
      talkSeconds: 99_999,
    },
    new Date(1_769_508_000_000),
  )
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(600)
})

// `npx vitest run test/bench/counts.test.ts -u` writes it anew.
test('what the bill is made from is what is counted', async () => {
  // An array of numbers on one line, as the formatter has it.
  const text = JSON.stringify(counts, undefined, 2).replace(/\[[\d\s,]+\]/g, (array) =>
    JSON.stringify(JSON.parse(array)).replaceAll(',', ', '),
  )
  await expect(`${text}\n`).toMatchFileSnapshot('../../bench/cost/counts.json')
})
