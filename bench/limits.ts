import { largeCalls } from './memory.ts'
import type { Results } from './results.ts'

/** The most that a figure of the project's own functions may be. */
export interface Limit {
  readonly figure: string
  readonly variants: readonly string[]
  readonly atMost: number
  readonly lowerOf: (results: Results, variant: string) => number | undefined
}

const ratioOf = (part: 'ackSlow' | 'ackQuick' | 'start' | 'worker') => (results: Results, variant: string) =>
  results[part]?.rows.find((row) => row.variant === variant)?.ratio.lower

const receivers = ['receive-status', 'receive-cdr']

export const limits = {
  ackSlow: { figure: 'the answer, queue of 3 ms', variants: receivers, atMost: 1.08, lowerOf: ratioOf('ackSlow') },
  ackQuick: { figure: 'the answer, queue at once', variants: receivers, atMost: 1.8, lowerOf: ratioOf('ackQuick') },
  start: { figure: 'the start', variants: receivers, atMost: 2, lowerOf: ratioOf('start') },
  worker: { figure: 'the worker', variants: ['store-callbacks'], atMost: 2.5, lowerOf: ratioOf('worker') },
  memory: {
    figure: 'resident memory',
    variants: ['receive-cdr', 'store-callbacks', largeCalls],
    atMost: 0.6,
    lowerOf: (results, variant) => results.memory?.rows.find((row) => row.variant === variant)?.share.lower,
  },
} as const satisfies { readonly [part: string]: Limit }

/** What is over its limit in every one of some runs, told in words. */
export const findOver = (runs: readonly Results[]): readonly string[] =>
  Object.values(limits).flatMap(({ figure, variants, atMost, lowerOf }: Limit) =>
    variants.flatMap((variant) => {
      const found = runs.flatMap((results) => lowerOf(results, variant) ?? [])
      const best = Math.min(...found)
      return found.length === 0 || best <= atMost
        ? []
        : [`${figure}: found ${best.toFixed(2)} of ${variant}, wanted at most ${atMost}`]
    }),
  )
