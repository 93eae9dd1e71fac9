import {
  type Limits,
  type Load,
  type Outcome,
  type Quota,
  type Settings,
  simulateLoad,
  type Times,
  toAdvice,
  toCallbacksKept,
  toQuotas,
} from './load.ts'
import type { Counts } from './shapes.ts'
import { toNumber, toTable } from './table.ts'

export interface Question {
  /** Callbacks a second, each for so many seconds. */
  readonly rates: readonly number[]
  readonly seconds: number
  /** Messages within one second, and the CDRs in each. */
  readonly burst: { readonly messages: number; readonly cdrs: number }
  readonly callsPerDay: number
  /** The busiest second, as a multiple of the mean. */
  readonly peak: number
}

/** A large campaign, a very large one, the CDRs of a quiet hour at once, and a large carrier's day. */
export const typicalQuestion: Question = {
  rates: [1000, 8000],
  seconds: 600,
  burst: { messages: 2000, cdrs: 50 },
  callsPerDay: 100_000_000,
  peak: 2,
}

export interface Run {
  readonly load: string
  readonly settings: Settings
  readonly outcome: Outcome
}

/** One load: as the stack is deployed, with as many workers as it takes, and with a table that is warm for it too. */
export interface Runs {
  readonly deployed: Run
  readonly moreWorkers: Run
  readonly advised: Run
}

export interface Capacity {
  /** Callbacks a second that the workers keep up with. */
  readonly kept: number
  readonly loads: readonly Runs[]
  readonly quotas: readonly Quota[]
}

type UnitCounts = Counts['typical'] & { readonly tableWriteUnits: number; readonly indexWriteUnits: number }

export const toCapacity = (
  counts: UnitCounts,
  { rates, seconds, burst, callsPerDay, peak }: Question,
  settings: Settings,
  times: Times,
  limits: Limits,
): Capacity => {
  const facts = counts.statusEvents + 1
  const tableUnits = counts.tableWriteUnits
  const indexUnits = counts.indexWriteUnits
  const whole = {
    factsPerCallback: 1,
    tableUnitsPerFact: tableUnits / facts,
    indexUnitsPerFact: indexUnits / facts,
    recordsPerFact: 1 / facts,
  }
  const loads: readonly Load[] = [
    ...rates.map((rate) => ({
      name: `${toNumber(rate)} callbacks a second for ${toNumber(seconds)} s`,
      perSecond: Array<number>(seconds).fill(rate),
      ...whole,
    })),
    {
      name: `${toNumber(burst.messages)} messages of ${burst.cdrs} CDRs within a second`,
      perSecond: [burst.messages],
      factsPerCallback: burst.cdrs,
      // Each CDR ends a call that has its status events already.
      tableUnitsPerFact: Math.ceil((counts.itemBytesAfterEachCallback.at(-1) ?? 0) / 1024),
      indexUnitsPerFact: 2,
      recordsPerFact: 1,
    },
  ]
  const run = (load: Load, settingsOfRun: Settings): Run => ({
    load: load.name,
    settings: settingsOfRun,
    outcome: simulateLoad(load, settingsOfRun, times, limits),
  })
  return {
    kept: toCallbacksKept(settings.workerConcurrency, 1, times),
    loads: loads.map((load) => {
      const advice = toAdvice(load, settings, times)
      return {
        deployed: run(load, settings),
        moreWorkers: run(load, { ...advice, warmUnits: settings.warmUnits }),
        advised: run(load, advice),
      }
    }),
    quotas: toQuotas(callsPerDay, peak, { callbacks: facts, facts, tableUnits, indexUnits }, settings, times, limits),
  }
}

const toDuration = (seconds: number | undefined): string => {
  if (seconds === undefined) return 'over a day'
  return seconds < 600 ? `${seconds} s` : `${toNumber(seconds / 60)} min`
}

export const toLoadsTable = ({ loads }: Capacity): string =>
  loads
    .map(({ deployed, moreWorkers, advised }) => {
      const toRow = (name: string, of: (run: Run) => string) => [name, of(deployed), of(moreWorkers), of(advised)]
      return toTable([
        [deployed.load, 'as deployed', 'more workers', 'and a warm table'],
        toRow('`workerConcurrency`', ({ settings }) => toNumber(settings.workerConcurrency)),
        toRow('write units that the table is warm for', ({ settings }) => toNumber(settings.warmUnits)),
        toRow('callbacks', ({ outcome }) => toNumber(outcome.callbacks)),
        toRow('refused (429)', ({ outcome }) => toNumber(outcome.refused)),
        toRow('no function for them (5xx)', ({ outcome }) => toNumber(outcome.throttled)),
        toRow('receivers at once', ({ outcome }) => toNumber(outcome.receivers)),
        toRow('workers at once', ({ outcome }) => toNumber(outcome.workers)),
        toRow('largest backlog, messages', ({ outcome }) => toNumber(outcome.largestBacklog)),
        toRow('oldest message', ({ outcome }) => toDuration(outcome.largestAge)),
        toRow('all stored after the last callback', ({ outcome }) => toDuration(outcome.drainedAfter)),
        toRow('write units a second, table', ({ outcome }) => toNumber(outcome.tableUnits)),
        toRow('write units a second, index', ({ outcome }) => toNumber(outcome.indexUnits)),
        toRow('of these in one partition', ({ outcome }) => toNumber(outcome.indexPartitionUnits)),
        toRow('writes throttled', ({ outcome }) => toNumber(outcome.writesThrottled)),
        toRow('call records a second', ({ outcome }) => toNumber(outcome.records)),
      ])
    })
    .join('\n\n')

export const toQuotasTable = ({ quotas }: Capacity): string =>
  toTable([
    ['quota or setting', 'has', 'needs', 'raise by'],
    ...quotas.map(({ what, unit, has, needs }) => [
      unit ? `${what}, ${unit}` : what,
      toNumber(has),
      toNumber(needs),
      needs > has ? `**${toNumber(needs - has)}**` : '–',
    ]),
  ])

/** What is too small as it is deployed. */
export const toVerdicts = ({ kept, loads }: Capacity, { workerConcurrency }: Settings): readonly string[] => [
  `${workerConcurrency} workers keep up with ${toNumber(kept)} callbacks a second.`,
  ...loads.flatMap(({ deployed, moreWorkers, advised }) => {
    const verdicts = [
      ...(advised.settings.workerConcurrency > deployed.settings.workerConcurrency
        ? [
            `workerConcurrency ${deployed.settings.workerConcurrency} is too small, ${advised.settings.workerConcurrency} are enough with a quarter to spare; the oldest message waits ${toDuration(deployed.outcome.largestAge)} with the first and ${toDuration(advised.outcome.largestAge)} with the other`,
          ]
        : []),
      ...(advised.settings.warmUnits > deployed.settings.warmUnits
        ? [
            `the table takes ${toNumber(deployed.settings.warmUnits)} write units a second, warm it for ${toNumber(advised.settings.warmUnits)} before${
              moreWorkers.outcome.writesThrottled > 0
                ? `, or ${toNumber(moreWorkers.outcome.writesThrottled)} writes of more workers are throttled`
                : ''
            }`,
          ]
        : []),
      ...(advised.outcome.refused + advised.outcome.throttled > 0
        ? [`the quotas below refuse ${toNumber(advised.outcome.refused + advised.outcome.throttled)} callbacks`]
        : []),
    ]
    return verdicts.length > 0 ? [`${deployed.load}: ${verdicts.join('; ')}.`] : []
  }),
]
