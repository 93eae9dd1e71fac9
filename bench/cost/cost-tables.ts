import { type Prices, toBill, toStorage, toTotal } from './bill.ts'
import { type Assumptions, type Counts, toMonthly, toShapes } from './shapes.ts'
import { toNumber, toTable } from './table.ts'

/** Of typical calls under load. Times are reasoned in docs/operating.md ("Limits"), not measured on AWS. */
export const typicalAssumptions: Assumptions = {
  events: 6,
  cdrs: 1,
  fill: 10,
  ackMs: 20,
  workerMs: 20,
  factMs: 8,
  days: 90,
  answerBytes: 300,
}

export interface Costs {
  readonly shapes: readonly {
    readonly name: string
    readonly components: { readonly [component: string]: number }
    readonly total: number
    readonly storage: number
    readonly requests: number
    readonly writeUnits: number
  }[]
  /** Sums by messages in a batch. */
  readonly byFill: readonly { readonly name: string; readonly totals: { readonly [fill: string]: number } }[]
  readonly monthly: { readonly [what: string]: number }
}

const fills = [1, 2, 5, 10] as const

export const toCosts = (counts: Counts, assumed: Assumptions, prices: Prices, calls: number): Costs => ({
  shapes: toShapes(counts, assumed, prices).map(({ name, usage, requests }) => {
    const components = toBill(usage, prices, calls)
    return {
      name,
      components: { ...components },
      total: toTotal(components),
      storage: toStorage(usage, prices, calls),
      requests,
      writeUnits: usage.writeUnits,
    }
  }),
  byFill: toShapes(counts, assumed, prices).map(({ name }, n) => ({
    name,
    totals: Object.fromEntries(
      fills.map((fill) => {
        const usage = toShapes(counts, { ...assumed, fill }, prices)[n]?.usage
        return [fill, usage ? toTotal(toBill(usage, prices, calls)) : 0]
      }),
    ),
  })),
  monthly: toMonthly(counts, prices),
})

export const toShapesTable = ({ shapes }: Costs, days: number): string => {
  const components = Object.keys(shapes[0]?.components ?? {})
  return toTable([
    ['dollars', ...shapes.map(({ name }) => name)],
    ...components.map((name) => [name, ...shapes.map((shape) => toNumber(shape.components[name] ?? 0, 2))]),
    ['**sum**', ...shapes.map(({ total }) => `**${toNumber(total, 2)}**`)],
    [`kept for ${days} days, with recovery`, ...shapes.map(({ storage }) => toNumber(storage, 2))],
    ['requests to AWS per call', ...shapes.map(({ requests }) => toNumber(requests, 1))],
    ['write units per call', ...shapes.map(({ writeUnits }) => toNumber(writeUnits, 1))],
  ])
}

export const toFillTable = ({ byFill }: Costs): string =>
  toTable([
    ['dollars, by messages in a batch', ...fills.map(String)],
    ...byFill.map(({ name, totals }) => [name, ...fills.map((fill) => toNumber(totals[fill] ?? 0, 2))]),
  ])

export const toMonthlyTable = ({ monthly }: Costs): string =>
  toTable([
    ['dollars a month, whatever the calls', ''],
    ...Object.entries(monthly).map(([what, dollars]) => [what, toNumber(dollars, 2)]),
    [
      '**sum**',
      `**${toNumber(
        Object.values(monthly).reduce((a, b) => a + b, 0),
        2,
      )}**`,
    ],
  ])
