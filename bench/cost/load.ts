// What a load does to the stack, second by second: a model, with AWS's published limits and this project's measured costs
// of a message. What it leaves out: cold starts, retries within a batch, other use of the account, and that limits are
// AWS's targets rather than promises.

/** The parts of limits.json that the model asks for. */
export interface Limits {
  readonly httpApi: { readonly requestsPerSecond: number; readonly burst: number }
  readonly lambda: {
    readonly concurrency: number
    readonly requestsPerSecondOfConcurrency: number
    readonly scalingPerTenSeconds: number
  }
  readonly eventSource: { readonly initial: number; readonly perMinute: number; readonly most: number }
  readonly table: {
    readonly partitionUnitsPerSecond: number
    readonly newUnitsPerSecond: number
    readonly quotaUnitsPerSecond: number
  }
  readonly topic: { readonly messagesPerSecond: number }
}

/** A deployment's own settings. */
export interface Settings {
  readonly workerConcurrency: number
  readonly apiRateLimit: number
  readonly apiBurstLimit: number
  /** Write units a second that the table is warm for. */
  readonly warmUnits: number
}

/** What comes, and what each message means for the table: averages. */
export interface Load {
  readonly name: string
  /** Callbacks in each second. */
  readonly perSecond: readonly number[]
  readonly factsPerCallback: number
  readonly tableUnitsPerFact: number
  readonly indexUnitsPerFact: number
  readonly recordsPerFact: number
}

export interface Times {
  /** Of an answer. */
  readonly ackMs: number
  /** Of a batch, and for each fact in it beside. */
  readonly workerMs: number
  readonly factMs: number
}

export interface Outcome {
  readonly callbacks: number
  /** Answered with 429 by the API. */
  readonly refused: number
  /** Answered with 5xx, because no function could be started. */
  readonly throttled: number
  readonly accepted: number
  readonly largestBacklog: number
  /** Seconds that the oldest message had waited at the worst. */
  readonly largestAge: number
  /** Seconds after the last callback until all were stored; undefined if they were not within a day. */
  readonly drainedAfter: number | undefined
  readonly receivers: number
  readonly workers: number
  /** In the busiest second. */
  readonly tableUnits: number
  readonly indexUnits: number
  /** Of the busiest partition of the index. */
  readonly indexPartitionUnits: number
  readonly records: number
  /** Facts whose write was refused and whose message came again. */
  readonly writesThrottled: number
}

/** The index spreads each listing over so many partitions (shared/table.ts). */
const shards = 8
const batchSize = 10
/** Of the queue: what could not be stored comes again after it. */
const visibilityTimeout = 360
const patience = 86_400
/** A table takes twice its last peak, once that is half an hour old. */
const peakSettles = 1800

export const toBatchSeconds = (facts: number, { workerMs, factMs }: Times): number => (workerMs + facts * factMs) / 1000

/** How many workers so many callbacks a second keep busy. */
export const toWorkersNeeded = (callbacks: number, factsPerCallback: number, times: Times): number =>
  Math.ceil(Number(((callbacks / batchSize) * toBatchSeconds(batchSize * factsPerCallback, times)).toFixed(6)))

/** How many callbacks a second so many workers keep up with. */
export const toCallbacksKept = (workers: number, factsPerCallback: number, times: Times): number =>
  Math.floor((workers / toBatchSeconds(batchSize * factsPerCallback, times)) * batchSize)

/** Settings under which a load is stored within a minute of its coming, with a quarter to spare. */
export const toAdvice = (load: Load, settings: Settings, times: Times): Settings => {
  const minutes = load.perSecond.map((_, second) =>
    load.perSecond.slice(second, second + 60).reduce((sum, count) => sum + count, 0),
  )
  const busiest = Math.max(...minutes) / 60
  const facts = busiest * load.factsPerCallback * spare
  const units = facts * Math.max(load.tableUnitsPerFact, load.indexUnitsPerFact)
  return {
    ...settings,
    workerConcurrency: Math.max(
      settings.workerConcurrency,
      toWorkersNeeded(busiest * spare, load.factsPerCallback, times),
    ),
    warmUnits: Math.max(settings.warmUnits, Math.ceil(units / 1000) * 1000),
  }
}

const spare = 1.25

export const simulateLoad = (load: Load, settings: Settings, times: Times, limits: Limits): Outcome => {
  const { httpApi, lambda, eventSource, table } = limits
  const rate = Math.min(settings.apiRateLimit, httpApi.requestsPerSecond)
  const burst = Math.min(settings.apiBurstLimit, httpApi.burst)
  /** Facts that the table takes in a second. An index has as many units as the table and counts by itself. */
  const toWritable = (warmUnits: number) => {
    const { tableUnitsPerFact, indexUnitsPerFact } = load
    return Math.min(
      warmUnits / tableUnitsPerFact,
      Math.min(warmUnits, shards * table.partitionUnitsPerSecond) / indexUnitsPerFact,
      // Some pages count both together, others each by itself.
      table.quotaUnitsPerSecond / (tableUnitsPerFact + indexUnitsPerFact),
    )
  }
  const batchSeconds = toBatchSeconds(batchSize * load.factsPerCallback, times)

  let tokens = burst
  let receivers = 0
  // What Lambda may start at once, and gets back over ten seconds.
  let startable = lambda.scalingPerTenSeconds
  /** By the second in which they came: the oldest first. */
  const waiting: { second: number; count: number }[] = []
  const returning = new Map<number, { second: number; count: number }[]>()
  const sums = { refused: 0, throttled: 0, accepted: 0, writesThrottled: 0 }
  const most = { backlog: 0, age: 0, receivers: 0, workers: 0, facts: 0 }
  const written: number[] = []
  let settledPeak = 0
  let drainedAt: number | undefined
  const end = load.perSecond.length

  for (let second = 0; second < end + patience; second++) {
    const arriving = load.perSecond[second] ?? 0
    // Callbacks are spread over their second, so what the bucket gets in it counts.
    const admitted = Math.min(arriving, tokens + rate)
    tokens = Math.min(burst, tokens + rate - admitted)

    const workersAllowed = Math.min(
      settings.workerConcurrency,
      eventSource.most,
      eventSource.initial + Math.floor((eventSource.perMinute * second) / 60),
    )
    const busy = Math.min(workersAllowed, Math.ceil(sumOf(waiting) / batchSize))
    const wanted = Math.ceil((admitted * times.ackMs) / 1000)
    startable = Math.min(lambda.scalingPerTenSeconds, startable + lambda.scalingPerTenSeconds / 10)
    const running = Math.min(wanted, receivers + startable, lambda.concurrency - busy)
    startable -= Math.max(0, running - receivers)
    receivers = Math.max(receivers, running)
    const answered = Math.floor(
      Math.min(
        admitted,
        (running * 1000) / times.ackMs,
        lambda.concurrency * lambda.requestsPerSecondOfConcurrency - busy / batchSeconds,
      ),
    )
    sums.refused += arriving - admitted
    sums.throttled += admitted - answered
    sums.accepted += answered
    if (answered > 0) waiting.push({ second, count: answered })
    waiting.push(...(returning.get(second) ?? []))
    waiting.sort((a, b) => a.second - b.second)
    returning.delete(second)

    const backlog = sumOf(waiting)
    const workers = Math.min(workersAllowed, Math.ceil((backlog / batchSize) * Math.min(1, batchSeconds)))
    const taken = Math.min(backlog, Math.floor((workersAllowed / batchSeconds) * batchSize))
    settledPeak = Math.max(settledPeak, written[second - peakSettles] ?? 0)
    const writable = toWritable(Math.max(settings.warmUnits, 2 * settledPeak * load.tableUnitsPerFact))
    const storable = Math.min(taken, Math.floor(writable / load.factsPerCallback))
    written.push(storable * load.factsPerCallback)
    take(waiting, storable)
    const refusedByTable = take(waiting, taken - storable)
    if (refusedByTable.length > 0) returning.set(second + visibilityTimeout, refusedByTable)
    sums.writesThrottled += (taken - storable) * load.factsPerCallback

    const oldest = Math.min(
      waiting[0]?.second ?? second,
      ...[...returning.values()].flat().map((messages) => messages.second),
    )
    most.backlog = Math.max(most.backlog, sumOf(waiting) + sumOf([...returning.values()].flat()))
    most.age = Math.max(most.age, second - oldest)
    most.receivers = Math.max(most.receivers, running)
    most.workers = Math.max(most.workers, workers)
    most.facts = Math.max(most.facts, storable * load.factsPerCallback)
    if (second >= end - 1 && waiting.length === 0 && returning.size === 0) {
      drainedAt = second
      break
    }
  }
  return {
    callbacks: sumOf(load.perSecond.map((count) => ({ count }))),
    ...sums,
    largestBacklog: most.backlog,
    largestAge: most.age,
    drainedAfter: drainedAt === undefined ? undefined : drainedAt - (end - 1),
    receivers: most.receivers,
    workers: most.workers,
    tableUnits: Math.round(most.facts * load.tableUnitsPerFact),
    indexUnits: Math.round(most.facts * load.indexUnitsPerFact),
    indexPartitionUnits: Math.round((most.facts * load.indexUnitsPerFact) / shards),
    records: Math.round(most.facts * load.recordsPerFact),
  }
}

const sumOf = (messages: readonly { readonly count: number }[]): number =>
  messages.reduce((sum, { count }) => sum + count, 0)

/** Takes so many of the oldest away. */
const take = (waiting: { second: number; count: number }[], count: number): { second: number; count: number }[] => {
  const taken: { second: number; count: number }[] = []
  let left = count
  while (left > 0) {
    const oldest = waiting[0]
    if (!oldest) break
    const some = Math.min(left, oldest.count)
    taken.push({ second: oldest.second, count: some })
    oldest.count -= some
    left -= some
    if (oldest.count === 0) waiting.shift()
  }
  return taken
}

export interface Quota {
  readonly what: string
  readonly has: number
  readonly needs: number
  readonly unit: string
}

/** What so many calls a day need at their busiest, beside what there is. */
export const toQuotas = (
  callsPerDay: number,
  peak: number,
  perCall: {
    readonly callbacks: number
    readonly facts: number
    readonly tableUnits: number
    readonly indexUnits: number
  },
  settings: Settings,
  times: Times,
  limits: Limits,
): readonly Quota[] => {
  const calls = (callsPerDay / 86_400) * peak
  const callbacks = calls * perCall.callbacks
  const workers = toWorkersNeeded(callbacks, perCall.facts / perCall.callbacks, times)
  const byTime = Math.ceil((callbacks * times.ackMs) / 1000) + workers
  const byRequests = (callbacks * (1 + 1 / batchSize)) / limits.lambda.requestsPerSecondOfConcurrency
  return [
    { what: 'API Gateway, requests', unit: 'a second', has: limits.httpApi.requestsPerSecond, needs: callbacks },
    { what: 'apiRateLimit', unit: 'a second', has: settings.apiRateLimit, needs: callbacks },
    {
      what: 'Lambda, concurrent executions',
      unit: '',
      has: limits.lambda.concurrency,
      needs: Math.max(byTime, byRequests),
    },
    { what: 'workerConcurrency', unit: '', has: settings.workerConcurrency, needs: workers },
    {
      what: 'DynamoDB, table, new',
      unit: 'units a second',
      has: settings.warmUnits,
      needs: calls * perCall.tableUnits,
    },
    {
      what: 'DynamoDB, index, new',
      unit: 'units a second',
      has: settings.warmUnits,
      needs: calls * perCall.indexUnits,
    },
    {
      what: 'DynamoDB, quota of a table and its indexes',
      unit: 'units a second',
      has: limits.table.quotaUnitsPerSecond,
      needs: calls * (perCall.tableUnits + perCall.indexUnits),
    },
    {
      // Two of three units are put into and taken out of `open`, which has no day.
      what: "DynamoDB, a partition of the index's listing",
      unit: 'units a second',
      has: limits.table.partitionUnitsPerSecond,
      needs: (calls * Math.min(2, perCall.indexUnits)) / shards,
    },
    { what: 'SNS, messages', unit: 'a second', has: limits.topic.messagesPerSecond, needs: calls },
  ].map((quota) => ({ ...quota, needs: Math.ceil(quota.needs) }))
}
