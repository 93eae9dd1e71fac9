import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'
import { type CallMessages, typicalCalls } from '../../bench/cost/typical-call.ts'
import { toItemSize } from '../../bench/cost/write-units.ts'
import type { JsonObject } from '../../shared/json.ts'
import { type CountedAws, listings, toWrites } from './counted-aws.ts'

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const bytesOf = (body: JsonObject): number => Buffer.byteLength(JSON.stringify(body))

/** A call whose callbacks are worked on one by one. */
export const countCall = async (aws: CountedAws, { statusEvents, cdr }: CallMessages) => {
  aws.reset()
  const logs = { ack: '', worker: [] as string[] }
  for (const body of [...statusEvents, cdr]) {
    logs.ack += await aws.push(body)
    logs.worker.push(await aws.work())
  }
  const { dynamodb, sqs, sns } = aws.recorded()
  const writes = await toWrites(dynamodb, aws.readItem)
  const sizes = writes.map(({ after }) => toItemSize(after))
  const last = writes.at(-1)
  const entry = Object.fromEntries(listings.keys.flatMap((key) => (last?.after[key] ? [[key, last.after[key]]] : [])))
  return {
    statusEvents: statusEvents.length,
    statusEventBytes: Math.ceil(sum(statusEvents.map(bytesOf)) / statusEvents.length),
    cdrMessageBytes: bytesOf(cdr),
    tableRequests: dynamodb.length,
    tableWriteUnits: sum(writes.map(({ units }) => units.table)),
    indexWriteUnits: sum(writes.map(({ units }) => units.index)),
    queueRequests: sqs.length,
    topicRequests: sns.length,
    itemBytesAfterEachCallback: sizes,
    indexEntryBytes: toItemSize(entry),
    ackLogBytes: Buffer.byteLength(logs.ack),
    workerLogBytes: Math.max(...logs.worker.map((log) => Buffer.byteLength(log))),
  }
}

/**
 * Callbacks of many calls in full batches, as they come under load: each of ten places in a batch has one call after the
 * other, at another stage than its neighbour. Counted are seven batches in the middle, which bring ten calls' callbacks.
 */
export const countFullBatches = async (aws: CountedAws) => {
  const places = Array.from({ length: 10 }, (_, n) => n)
  const callbackOf = (place: number, batch: number): JsonObject => {
    const stage = place + batch
    const { statusEvents, cdr } = typicalCalls.typical(1000 + place * 100 + Math.floor(stage / 7))
    return statusEvents[stage % 7] ?? cdr
  }
  const run = async (batch: number) => {
    for (const place of places) await aws.push(callbackOf(place, batch))
    return aws.work()
  }
  for (let batch = 0; batch < 7; batch++) await run(batch)
  aws.reset()
  const logs: string[] = []
  for (let batch = 7; batch < 14; batch++) logs.push(await run(batch))
  const { dynamodb, sqs, sns } = aws.recorded()
  return {
    calls: 10,
    batches: 7,
    requests: dynamodb.length + sqs.length + sns.length,
    sends: sqs.filter(({ action }) => action === 'SendMessage').length,
    receives: sqs.filter(({ action }) => action === 'ReceiveMessage').length,
    deletes: sqs.filter(({ action }) => action === 'DeleteMessageBatch').length,
    updates: dynamodb.filter(({ action }) => action === 'UpdateItem').length,
    publishes: sns.filter(({ action }) => action === 'PublishBatch').length,
    largestLogBytes: Math.max(...logs.map((log) => Buffer.byteLength(log))),
    meanLogBytes: Math.ceil(sum(logs.map((log) => Buffer.byteLength(log))) / logs.length),
  }
}

/** A sweep that finds nothing to do. */
export const countIdleSweep = async (aws: CountedAws) => {
  aws.reset()
  const { log } = await aws.sweep()
  const { dynamodb, sqs } = aws.recorded()
  return { tableRequests: dynamodb.length, queueRequests: sqs.length, logBytes: Buffer.byteLength(log) }
}

const Alarms = v.object({
  Resources: v.record(v.string(), v.looseObject({ Type: v.string(), Properties: v.record(v.string(), v.unknown()) })),
})

/** Typical values of what the access log holds of a request. */
const requestValues: { readonly [variable: string]: string } = {
  'context.requestTime': '27/Jan/2026:08:00:00 +0000',
  'context.routeKey': 'POST /status/{token}',
  'context.status': '200',
  'context.responseLatency': '21',
  'context.error.message': '-',
}

/** What a deployment has that costs something by the month or by the request. */
export const countDeployment = async () => {
  const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
  const { Resources } = v.parse(Alarms, parse(await read('deploy/alarms.yml'), { logLevel: 'error' }))
  const alarms = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  const { provider } = v.parse(
    v.object({ provider: v.object({ logs: v.object({ httpApi: v.object({ format: v.string() }) }) }) }),
    parse(await read('serverless.yml'), { logLevel: 'error' }),
  )
  const line = provider.logs.httpApi.format.replace(/\$(context(?:\.\w+)+)/g, (_, name) => requestValues[name] ?? '')
  return {
    alarms: alarms.length,
    // An alarm on a formula costs as much as one on each of its metrics.
    alarmMetrics: sum(
      alarms.map(({ Properties }) =>
        Array.isArray(Properties.Metrics)
          ? Properties.Metrics.filter((metric: object) => 'MetricStat' in metric).length
          : 1,
      ),
    ),
    accessLogBytes: Buffer.byteLength(line),
  }
}
