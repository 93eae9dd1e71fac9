export interface Plan {
  readonly rounds: number
  /** Rounds before those, which are not counted: code is compiled and connections are opened in them. */
  readonly warmUps: number
}

/**
 * Runs one block of every variant in each round. Every other round goes the other way, so that no variant always
 * comes first or always after the same one.
 */
export const runRounds = async <V extends { readonly name: string }, T>(
  variants: readonly V[],
  { rounds, warmUps }: Plan,
  runBlock: (variant: V) => Promise<T>,
): Promise<readonly ReadonlyMap<string, T>[]> => {
  const counted: ReadonlyMap<string, T>[] = []
  for (let round = 0; round < warmUps + rounds; round++) {
    const blocks = new Map<string, T>()
    for (const variant of round % 2 === 0 ? variants : variants.toReversed())
      blocks.set(variant.name, await runBlock(variant))
    if (round >= warmUps) counted.push(blocks)
  }
  return counted
}
