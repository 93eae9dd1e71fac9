import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { programFile } from './build.ts'
import { startChild } from './child.ts'
import type { Row, Timing } from './results.ts'
import { type Plan, runRounds } from './rounds.ts'
import { toQuartiles, toRatios } from './statistics.ts'
import type { Variant } from './variants.ts'

/** What a block of one variant took, per request, in microseconds. */
export interface Block {
  readonly wall: number
  readonly cpu: number
}

const BlockAnswer = v.object({ wall: v.array(v.number()), cpu: v.number() })

const medianOf = (values: readonly number[]) => toQuartiles(values).median

export interface Load {
  readonly events: readonly string[]
  readonly requests: number
}

/** Starts every variant in a process of its own and runs blocks of requests of them in turn. The first is the floor. */
export const measureBlocks = async (
  variants: readonly Variant[],
  plan: Plan,
  loadOf: (variant: Variant) => Promise<Load>,
): Promise<Pick<Timing, 'measuredAt' | 'load' | 'rounds' | 'rows'>> => {
  const children = new Map<string, Awaited<ReturnType<typeof startChild>>>()
  try {
    for (const variant of variants)
      children.set(variant.name, await startChild(programFile('run-blocks'), [fileURLToPath(variant.file)], variant))
    return await measureRounds(variants, plan, async (variant) => {
      const load = await loadOf(variant)
      const { wall, cpu } = v.parse(BlockAnswer, await children.get(variant.name)?.ask(load))
      return { wall: medianOf(wall), cpu }
    })
  } finally {
    await Promise.all([...children.values()].map((child) => child.stop()))
  }
}

export const measureRounds = async (
  variants: readonly Variant[],
  plan: Plan,
  runBlock: (variant: Variant) => Promise<Block>,
): Promise<Pick<Timing, 'measuredAt' | 'load' | 'rounds' | 'rows'>> => {
  const measuredAt = new Date().toISOString()
  const [before = 0] = loadavg()
  const rounds = await runRounds(variants, plan, runBlock)
  const [after = 0] = loadavg()
  return {
    measuredAt,
    load: [before, after],
    rounds: rounds.length,
    rows: toRows(
      rounds,
      variants.map(({ name }) => name),
    ),
  }
}

/** @param names of the variants, the floor first */
export const toRows = (rounds: readonly ReadonlyMap<string, Block>[], names: readonly string[]): Row[] => {
  const of = (what: keyof Block) =>
    rounds.map((blocks) => new Map([...blocks].map(([name, block]) => [name, block[what]])))
  const [walls, cpus] = [of('wall'), of('cpu')]
  const [floor = ''] = names
  return names.map((variant) => ({
    variant,
    milliseconds: medianOf(walls.map((values) => values.get(variant) ?? 0)) / 1000,
    ratio: toQuartiles(toRatios(walls, variant, floor)),
    cpuRatio: toQuartiles(toRatios(cpus, variant, floor)),
  }))
}
