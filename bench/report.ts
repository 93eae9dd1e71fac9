import { type Limit, limits } from './limits.ts'
import type { Memory, Results, Timing } from './results.ts'
import type { Quartiles } from './statistics.ts'

/** A table of Markdown, which is as readable on a terminal. */
export interface Table {
  readonly name: string
  readonly text: string
}

export const toTables = (results: Results): readonly Table[] => {
  const tables: { readonly [name: string]: string | undefined } = {
    machine: toMachine(results),
    'ack-3ms': results.ackSlow && toTimingTable(results.ackSlow, limits.ackSlow),
    'ack-at-once': results.ackQuick && toTimingTable(results.ackQuick, limits.ackQuick),
    start: results.start && toTimingTable(results.start, limits.start),
    worker: results.worker && toTimingTable(results.worker, limits.worker),
    memory: results.memory && toMemoryTable(results.memory),
    bundles: results.bundles && toBundleTable(results.bundles),
  }
  return Object.entries(tables).flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }]))
}

/**
 * Puts the tables where a document has their places: between `<!-- bench:name -->` and `<!-- /bench:name -->`.
 * @throws Error when a table has no place
 */
export const writeTables = (document: string, results: Results): string =>
  toTables(results).reduce((text, { name, text: table }) => {
    const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from)
      throw new Error(`Cannot write the tables: found no place for ${name}, wanted ${start} and ${end}`)
    return `${text.slice(0, from)}${start}\n\n${table}\n\n${text.slice(to)}`
  }, document)

const toMachine = ({ machine: { node, platform, cores } }: Results) => `Node.js ${node}, ${platform}, ${cores} cores`

const toTimingTable = ({ rows, rounds, requestsPerBlock, delay, load, measuredAt }: Timing, limit: Limit): string => {
  const table = toTable(
    ['variant', 'median', 'time / floor', 'CPU / floor', 'at most'],
    rows.map(({ variant, milliseconds, ratio, cpuRatio }) => [
      variant,
      `${milliseconds < 1000 ? milliseconds.toPrecision(3) : milliseconds.toFixed(0)} ms`,
      toText(ratio),
      toText(cpuRatio),
      limit.variants.includes(variant) ? String(limit.atMost) : '',
    ]),
  )
  const waited = delay ? ` The mock really took ${toText(delay)} ms.` : ''
  return `${table}\n\n${rounds} rounds, ${requestsPerBlock} in a block, ${measuredAt.slice(0, 10)}, load ${load.map((value) => value.toFixed(1)).join(' to ')}.${waited}`
}

const toMemoryTable = ({ rows, processes, measuredAt }: Memory): string => {
  const table = toTable(
    ['process', 'events', 'peak', 'of', 'share', 'at most'],
    rows.map(({ variant, times, megabytes, ofMegabytes, share }) => [
      variant,
      String(times),
      `${toText(megabytes, 0)} MB`,
      `${ofMegabytes} MB`,
      `${(share.median * 100).toFixed(0)} %`,
      limits.memory.variants.some((name) => name === variant) ? `${limits.memory.atMost * 100} %` : '',
    ]),
  )
  return `${table}\n\n${processes} processes of each, ${measuredAt.slice(0, 10)}.`
}

const toBundleTable = (bundles: NonNullable<Results['bundles']>): string =>
  toTable(
    ['bundle', 'at the start', 'in all', "npm packages beyond AWS's"],
    bundles.map(({ variant, startBytes, bytes, packagesBeyondAws }) => [
      variant,
      `${(startBytes / 1024).toFixed(0)} KB`,
      `${(bytes / 1024).toFixed(0)} KB`,
      String(packagesBeyondAws),
    ]),
  )

/** The median, and between which values half of them lie. */
const toText = ({ lower, median, upper }: Quartiles, digits = 2): string =>
  `${median.toFixed(digits)} (${lower.toFixed(digits)} to ${upper.toFixed(digits)})`

const toTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]?.length ?? 0)))
  const toLine = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`
  return [toLine(head), toLine(widths.map((width) => '-'.repeat(width))), ...rows.map(toLine)].join('\n')
}
