import type { Prices, Usage } from './bill.ts'

// What one call takes in each shape of a receiver, from what was counted and what has to be assumed.

/** The parts of counts.json that the bill asks for. */
export interface Counts {
  readonly typical: {
    readonly statusEvents: number
    readonly statusEventBytes: number
    readonly cdrMessageBytes: number
    readonly itemBytesAfterEachCallback: readonly number[]
    readonly indexEntryBytes: number
  }
  readonly fullBatches: { readonly meanLogBytes: number }
  readonly putThenUpdate: RivalCount
  readonly transactOnce: RivalCount
  readonly deployment: {
    readonly alarms: number
    readonly alarmMetrics: number
    readonly accessLogBytes: number
  }
  readonly sweep: { readonly tableRequests: number; readonly queueRequests: number; readonly logBytes: number }
}

interface RivalCount {
  readonly tableRequests: number
  readonly tableWriteUnits: number
  readonly indexWriteUnits: number
  readonly reads: number
  readonly items: number
  readonly itemBytes: number
}

export interface Assumptions {
  /** Status events of a call. */
  readonly events: number
  /** CDRs in one callback. */
  readonly cdrs: number
  /** Messages in a batch, 1 to 10. */
  readonly fill: number
  /** Billed for an answer, in milliseconds. */
  readonly ackMs: number
  /** Billed for a batch, and for each fact in it beside. */
  readonly workerMs: number
  readonly factMs: number
  /** How long a call is kept. */
  readonly days: number
  /** An HTTP answer with its headers. */
  readonly answerBytes: number
}

export interface Shape {
  readonly name: string
  readonly usage: Usage
  /** Requests to AWS's services, the poller's included. */
  readonly requests: number
}

/** Of serverless.yml. */
const ackGb = 256 / 1024
const workerGb = 512 / 1024
const unit = 1024
/** DynamoDB counts each item, and each entry of an index, 100 bytes longer where it stores them. */
const perStoredItem = 100

/** SNS takes ten entries in one request. */
const maxEntries = 10

/**
 * Write units of a call with so many status events, each in a batch of its own: the item grows by the mean of what was
 * counted, its last status event and its CDR are as long as they were.
 */
export const toItemBytes = ({ itemBytesAfterEachCallback: sizes }: Counts['typical'], events: number) => {
  const growth = sizes.map((size, n) => size - (sizes[n - 1] ?? 0))
  const [first = 0, ...others] = growth
  const cdr = others.at(-1) ?? 0
  const disconnect = others.at(-2) ?? 0
  const middle = others.slice(0, -2)
  const mean = middle.reduce((sum, bytes) => sum + bytes, 0) / middle.length
  if (events === 0) return [first - mean + cdr]
  // A single event is the disconnect, beside what every item has.
  const steps =
    events === 1 ? [first - mean + disconnect, cdr] : [first, ...Array<number>(events - 2).fill(mean), disconnect, cdr]
  let size = 0
  return steps.map((bytes) => {
    size += bytes
    return Math.round(size)
  })
}

export const toWriteUnitsOfCall = (counts: Counts['typical'], events: number): number => {
  const table = toItemBytes(counts, events).reduce((sum, bytes) => sum + Math.ceil(bytes / unit), 0)
  // Listed as open, then moved to the ended: where there is no status event, listed once.
  return table + (events === 0 ? 1 : 3)
}

const chunks = (bytes: number, size: number): number => Math.max(1, Math.ceil(bytes / size))

/** What all shapes have in common: the HTTP side, and the queue between it and the worker. */
const toFlow = (counts: Counts, assumed: Assumptions, prices: Prices) => {
  const { typical } = counts
  const cdrBytes = typical.cdrMessageBytes * assumed.cdrs
  const callbacks = assumed.events + 1 / assumed.cdrs
  const bytes = (assumed.events * typical.statusEventBytes + cdrBytes / assumed.cdrs) / callbacks
  const batches = callbacks / assumed.fill
  const facts = assumed.events + 1
  // Each request is billed by 64 KiB begun, a receive of large CDR messages too.
  const sends = assumed.events + chunks(cdrBytes, prices.sqs.bytesPerRequest) / assumed.cdrs
  const receives = batches * chunks(bytes * assumed.fill, prices.sqs.bytesPerRequest)
  // A batch with a CDR in it publishes what it has in as few requests as SNS takes.
  const recordsPerBatch = 1 / batches
  const publishes = recordsPerBatch <= 1 ? 1 : batches * Math.ceil(recordsPerBatch / maxEntries)
  return { callbacks, batches, facts, sends, receives, publishes, httpRequests: callbacks }
}

/** This project as it is deployed, by the HTTP API or by the functions' own URLs. */
const toDeployed = (counts: Counts, assumed: Assumptions, prices: Prices, hasHttpApi: boolean): Shape => {
  const { callbacks, batches, facts, sends, receives, publishes } = toFlow(counts, assumed, prices)
  const { bytesPerLogEvent } = prices.cloudwatch
  const sizes = toItemBytes(counts.typical, assumed.events)
  return {
    name: hasHttpApi ? 'deployed' : 'function URLs',
    requests: callbacks + 2 * batches + facts + publishes,
    usage: {
      httpRequests: hasHttpApi ? callbacks : 0,
      lambdaRequests: callbacks + batches,
      gbSeconds:
        (callbacks * assumed.ackMs * ackGb + (batches * assumed.workerMs + facts * assumed.factMs) * workerGb) / 1000,
      sqsRequests: sends + receives + batches,
      writeUnits: toWriteUnitsOfCall(counts.typical, assumed.events),
      readUnits: 0,
      snsRequests: publishes,
      logBytes:
        (hasHttpApi ? callbacks * (counts.deployment.accessLogBytes + bytesPerLogEvent) : 0) +
        batches * (counts.fullBatches.meanLogBytes + bytesPerLogEvent),
      bytesOut: callbacks * assumed.answerBytes,
      storedBytes: (sizes.at(-1) ?? 0) + counts.typical.indexEntryBytes + 2 * perStoredItem,
      storedMonths: assumed.days / 30,
    },
  }
}

/** START, END and REPORT of an invocation, as Lambda writes them unless it is told otherwise. */
const platformLines = [
  'START RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95 Version: $LATEST\n',
  'END RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\n',
  'REPORT RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\tBilled Duration: 16 ms\tMemory Size: 256 MB\tMax Memory Used: 96 MB\t\n',
]

/**
 * The same HTTP API and queue with another worker: what it asks of the table is counted for the typical call and grows
 * with the number of facts, each request takes as long as one of this project's, a record is published by itself, and the
 * logs are Lambda's own lines.
 */
const toRival = (name: string, rival: RivalCount, counts: Counts, assumed: Assumptions, prices: Prices): Shape => {
  const { callbacks, batches, facts, sends, receives } = toFlow(counts, assumed, prices)
  const { bytesPerLogEvent } = prices.cloudwatch
  const share = facts / (counts.typical.statusEvents + 1)
  const tableRequests = rival.tableRequests * share
  const logBytes = platformLines.reduce((sum, line) => sum + line.length + bytesPerLogEvent, 0)
  return {
    name,
    requests: callbacks + 2 * batches + tableRequests + 1,
    usage: {
      httpRequests: callbacks,
      lambdaRequests: callbacks + batches,
      gbSeconds:
        (callbacks * assumed.ackMs * ackGb + (batches * assumed.workerMs + tableRequests * assumed.factMs) * workerGb) /
        1000,
      sqsRequests: sends + receives + batches,
      writeUnits: (rival.tableWriteUnits + rival.indexWriteUnits) * share,
      // A read of up to 4 KB that may be a moment old.
      readUnits: rival.reads * share * 0.5,
      snsRequests: 1,
      logBytes: (callbacks + batches) * logBytes + callbacks * (counts.deployment.accessLogBytes + bytesPerLogEvent),
      bytesOut: callbacks * assumed.answerBytes,
      storedBytes:
        (rival.itemBytes + rival.items * perStoredItem) * share + counts.typical.indexEntryBytes + perStoredItem,
      storedMonths: assumed.days / 30,
    },
  }
}

/**
 * Something to compare with, not a design: each callback is one HTTP request, one function of 128 MB for a millisecond and
 * one write of one unit, and ten records are one publish. No queue, no index, no log, and an item that grows without
 * costing more.
 */
const toMinimum = (assumed: Assumptions): Shape => {
  const { events, cdrs } = assumed
  const callbacks = events + 1 / cdrs
  const facts = events + 1
  return {
    name: 'theoretical minimum',
    requests: facts + 1 / maxEntries,
    usage: {
      httpRequests: callbacks,
      lambdaRequests: callbacks,
      gbSeconds: (callbacks * 128) / 1024 / 1000,
      sqsRequests: 0,
      writeUnits: facts,
      readUnits: 0,
      snsRequests: 1 / maxEntries,
      logBytes: 0,
      bytesOut: 0,
      storedBytes: 0,
      storedMonths: 0,
    },
  }
}

export const toShapes = (counts: Counts, assumed: Assumptions, prices: Prices): readonly Shape[] => [
  toDeployed(counts, assumed, prices, true),
  toDeployed(counts, assumed, prices, false),
  toRival('put, then update', counts.putThenUpdate, counts, assumed, prices),
  toRival('idempotency and transaction', counts.transactOnce, counts, assumed, prices),
  toMinimum(assumed),
]

/** Dollars a month that do not depend on calls. */
export const toMonthly = ({ deployment, sweep }: Counts, prices: Prices): { readonly [what: string]: number } => {
  const minutes = 60 * 24 * 30
  const { sqs, lambda, dynamodb, cloudwatch } = prices
  // With a maximum concurrency Lambda keeps five pollers, each asking for 20 seconds.
  const polls = 5 * 3 * minutes
  return {
    [`${deployment.alarms} alarms on ${deployment.alarmMetrics} metrics`]:
      deployment.alarmMetrics * cloudwatch.perAlarmMetricMonth,
    'a dashboard': cloudwatch.perDashboardMonth,
    [`${metrics} metrics of the functions`]: metrics * cloudwatch.perMetricMonth,
    [`${routeMetrics} metrics of two routes`]: routeMetrics * cloudwatch.perMetricMonth,
    'polling a queue that is empty': (polls * sqs.perMillionRequests) / million,
    'the sweep':
      (minutes * (lambda.perMillionRequests + sweep.queueRequests * sqs.perMillionRequests)) / million +
      minutes * sweepSeconds * ackGb * lambda.perGbSecond +
      (minutes * sweep.tableRequests * 0.5 * dynamodb.perMillionReadUnits) / million +
      (minutes * (sweep.logBytes + cloudwatch.bytesPerLogEvent) * cloudwatch.perGbOfLogs) / 1e9,
  }
}

const million = 1e6
/** `accepted`, `stored`, `published.ended`, `talkSeconds`, six dispositions, and four that the sweep tells. */
const metrics = 14
/** Count, 4xx, 5xx, Latency, IntegrationLatency and DataProcessed, billed as one's own where they are told by route. */
const routeMetrics = 12
/** Assumed. */
const sweepSeconds = 0.2
