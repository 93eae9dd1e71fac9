import { expect, test } from 'vitest'
import { toBill, toStorage, toTotal, type Usage } from '../../bench/cost/bill.ts'
import { toCosts, typicalAssumptions as typical } from '../../bench/cost/cost-tables.ts'
import counts from '../../bench/cost/counts.json' with { type: 'json' }
import prices from '../../bench/cost/prices.json' with { type: 'json' }
import { toItemBytes, toShapes, toWriteUnitsOfCall } from '../../bench/cost/shapes.ts'

test('a bill is what is used times what it costs', () => {
  const usage: Usage = {
    httpRequests: 1,
    lambdaRequests: 2,
    gbSeconds: 3,
    sqsRequests: 4,
    writeUnits: 5,
    readUnits: 6,
    snsRequests: 7,
    logBytes: 8,
    bytesOut: 9,
    storedBytes: 10,
    storedMonths: 3,
  }
  const bill = toBill(usage, prices, 1e6)
  expect(bill).toEqual({
    'HTTP API': 1,
    'Lambda, requests': 0.4,
    'Lambda, GB-seconds': expect.closeTo(40.0002, 6),
    SQS: 1.6,
    'DynamoDB, writes and reads': 5 * 0.625 + 6 * 0.125,
    SNS: 3.5,
    'CloudWatch Logs': 0.004,
    'data transfer out': expect.closeTo(0.00081, 9),
  })
  expect(toTotal(bill)).toBeCloseTo(50.38001, 4)
  expect(toStorage(usage, prices, 1e9)).toBeCloseTo(10 * 3 * 0.45, 9)
})

const shapesOf = (changed: Partial<typeof typical> = {}) =>
  toCosts(counts, { ...typical, ...changed }, prices, 1e6).shapes
const total = (name: string, changed?: Partial<typeof typical>) =>
  shapesOf(changed).find((shape) => shape.name === name)?.total ?? 0

test('a million calls of 6 status events and a CDR cost at most 22 dollars in full batches', () => {
  expect(total('deployed')).toBeLessThanOrEqual(22)
  expect(total('function URLs')).toBeLessThan(total('deployed'))
  expect(total('put, then update')).toBeGreaterThan(total('deployed'))
  expect(total('idempotency and transaction')).toBeGreaterThan(total('put, then update'))
  expect(total('theoretical minimum')).toBeLessThan(total('deployed'))
})

test('the bill is made from the requests and write units that were counted', () => {
  const [deployed] = toShapes(counts, typical, prices)
  const { requests, calls } = counts.fullBatches
  expect(deployed?.requests).toBeCloseTo(requests / calls, 9)
  expect(deployed?.usage.writeUnits).toBe(counts.typical.tableWriteUnits + counts.typical.indexWriteUnits)
  const one = toShapes(counts, { ...typical, fill: 1 }, prices)[0]
  const { queueRequests, tableRequests, topicRequests } = counts.typical
  expect(one?.requests).toBe(queueRequests + tableRequests + topicRequests)
  expect(one?.usage.sqsRequests).toBe(queueRequests)
})

test('other numbers of status events follow from the sizes that were counted', () => {
  // A callout is a byte or two shorter than an alerting event; here all of them have the mean.
  const counted = counts.typical.itemBytesAfterEachCallback.map((bytes) => expect.closeTo(bytes, -1))
  expect(toItemBytes(counts.typical, 6)).toEqual(counted)
  const { tableWriteUnits, indexWriteUnits } = counts.documented
  expect(toWriteUnitsOfCall(counts.typical, 7)).toBe(tableWriteUnits + indexWriteUnits)
  expect([0, 1, 2, 3, 4, 5].map((events) => toItemBytes(counts.typical, events).length)).toEqual([1, 2, 3, 4, 5, 6])
  const units = Array.from({ length: 30 }, (_, events) => toWriteUnitsOfCall(counts.typical, events))
  expect(units).toEqual([...units].sort((a, b) => a - b))
})

test('fuller batches cost less, more status events more, CDRs that share a callback less', () => {
  for (const { totals } of toCosts(counts, typical, prices, 1e6).byFill)
    expect(Object.values(totals)).toEqual(Object.values(totals).sort((a, b) => b - a))
  expect(total('deployed', { events: 7 })).toBeGreaterThan(total('deployed'))
  expect(total('deployed', { cdrs: 50 })).toBeLessThan(total('deployed'))
  // A receive of ten messages of 50 CDRs, some 400 KB, is billed as several requests.
  const [large] = toShapes(counts, { ...typical, events: 0, cdrs: 50 }, prices)
  expect(large?.usage.sqsRequests).toBeCloseTo(1 / 50 + 7 / 500 + 1 / 500, 9)
})

test('twice the calls cost twice as much', () => {
  const once = toCosts(counts, typical, prices, 1e6).shapes
  const twice = toCosts(counts, typical, prices, 2e6).shapes
  expect(twice.map((shape) => shape.total)).toEqual(once.map((shape) => expect.closeTo(2 * shape.total, 9)))
})
