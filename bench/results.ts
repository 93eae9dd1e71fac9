import * as v from 'valibot'

const Quartiles = v.object({ lower: v.number(), median: v.number(), upper: v.number() })

const Row = v.object({
  variant: v.string(),
  /** Median over the rounds of a block's median. */
  milliseconds: v.number(),
  /** A block's median, divided by that of the floor in the same round. */
  ratio: Quartiles,
  /** CPU time of a block, divided by that of the floor in the same round. */
  cpuRatio: Quartiles,
})
export type Row = v.InferOutput<typeof Row>

const Timing = v.object({
  measuredAt: v.string(),
  /** The machine's load average of the last minute, before and after: what else ran on it. */
  load: v.tuple([v.number(), v.number()]),
  rounds: v.number(),
  requestsPerBlock: v.number(),
  /** How long the mock server really took, in milliseconds. */
  delay: v.optional(Quartiles),
  rows: v.array(Row),
})
export type Timing = v.InferOutput<typeof Timing>

const Memory = v.object({
  measuredAt: v.string(),
  processes: v.number(),
  rows: v.array(
    v.object({
      variant: v.string(),
      times: v.number(),
      megabytes: Quartiles,
      ofMegabytes: v.number(),
      share: Quartiles,
    }),
  ),
})
export type Memory = v.InferOutput<typeof Memory>

const Bundle = v.object({
  variant: v.string(),
  /** What is loaded at the start. */
  startBytes: v.number(),
  /** With what is loaded later, if ever. */
  bytes: v.number(),
  /** npm packages in it that are not AWS's. */
  packagesBeyondAws: v.number(),
})
export type Bundle = v.InferOutput<typeof Bundle>

/** What a run has measured; a part that was not asked for is absent. */
export const Results = v.object({
  machine: v.object({ node: v.string(), platform: v.string(), cores: v.number() }),
  ackSlow: v.optional(Timing),
  ackQuick: v.optional(Timing),
  start: v.optional(Timing),
  worker: v.optional(Timing),
  memory: v.optional(Memory),
  bundles: v.optional(v.array(Bundle)),
})
export type Results = v.InferOutput<typeof Results>
