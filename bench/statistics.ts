/** Half of the values lie between `lower` and `upper`. */
export interface Quartiles {
  readonly lower: number
  readonly median: number
  readonly upper: number
}

/** By linear interpolation between the two nearest values. @throws RangeError without values */
export const toQuartiles = (values: readonly number[]): Quartiles => {
  if (values.length === 0) throw new RangeError('Cannot take quartiles: found no values, wanted one or more')
  const sorted = [...values].sort((a, b) => a - b)
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) }
}

const quantile = (sorted: readonly number[], share: number): number => {
  const place = (sorted.length - 1) * share
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}

/**
 * A variant's value of each round, divided by the floor's of the same round: what slows the machine down for a while
 * slows both.
 * @throws Error when a round lacks one of them
 */
export const toRatios = (rounds: readonly ReadonlyMap<string, number>[], variant: string, floor: string): number[] =>
  rounds.map((values, round) => valueIn(values, variant, round) / valueIn(values, floor, round))

const valueIn = (values: ReadonlyMap<string, number>, variant: string, round: number): number => {
  const value = values.get(variant)
  if (value === undefined)
    throw new Error(`Cannot compare: found nothing of ${variant} in round ${round}, wanted a block of it`)
  return value
}
