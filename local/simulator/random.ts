import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { mersenne } from 'pure-rand/generator/mersenne'

/** Draws that depend on the seed alone. */
export interface Random {
  /** A whole number, both ends included. */
  readonly int: (least: number, most: number) => number
  /** True in that share of the draws, 0 to 1. */
  readonly chance: (share: number) => boolean
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T
  readonly shuffle: <T>(entries: readonly T[]) => T[]
}

/** Each index of a seed has draws of its own, so what one call draws does not change the next. */
export const createRandom = (seed: number, index: number): Random => {
  // Neighbouring seeds have to give unlike draws, which this generator's start takes care of.
  const generator = mersenne((Math.imul(seed, 0x9e3779b1) + index) | 0)
  const int = (least: number, most: number) => uniformInt(generator, least, most)
  return {
    int,
    chance: (share) => int(0, 999_999) < share * 1_000_000,
    pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0],
    shuffle: (entries) =>
      entries
        .map((entry) => ({ entry, order: int(0, 0x7fffffff) }))
        .sort((a, b) => a.order - b.order)
        .map(({ entry }) => entry),
  }
}
