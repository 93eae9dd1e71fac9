import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { runCommand } from '../local/arguments.ts'
import { measureAck } from './ack.ts'
import { buildAll, installRivals } from './build.ts'
import { findOver } from './limits.ts'
import { measureMemory } from './memory.ts'
import { toTables, writeTables } from './report.ts'
import { Results } from './results.ts'
import { measureStart } from './start.ts'
import { measureWorker } from './worker.ts'

const help = `Measures the functions as they are built, beside floors and the usual stacks, on this machine.

  npm run bench -- [options]

  --only <part>  ack, start, worker or memory
  --quick        few rounds: shows that everything runs, and no more
  --json         the figures as JSON on standard output
  --write        writes bench/results.json, and the tables of docs/performance.md from it
  --gate         exit code 1 if the lower quartile of a figure is over its limit in the best of three runs
  --help

How it measures: docs/performance.md. It installs what it compares with into bench/node_modules at its first run.
`

const parts = ['ack', 'start', 'worker', 'memory'] as const
type Part = (typeof parts)[number]

const resultsFile = new URL('results.json', import.meta.url)
const docsFile = new URL('../docs/performance.md', import.meta.url)

const readPart = (text: string): Part => {
  const part = parts.find((name) => name === text)
  if (part) return part
  throw new Error(`Cannot start: found --only ${text}, wanted one of ${parts.join(', ')}`)
}

/** How many rounds of how many requests show a figure, and how few show that everything runs. */
const efforts = {
  full: {
    ackSlow: { rounds: 20, warmUps: 3, requests: 200 },
    ackQuick: { rounds: 30, warmUps: 5, requests: 400 },
    start: { rounds: 15, warmUps: 1, processes: 5 },
    worker: { rounds: 10, warmUps: 2, batches: 3 },
    memory: { processes: 3, callbacks: 200, batches: 8 },
  },
  quick: {
    ackSlow: { rounds: 2, warmUps: 1, requests: 40 },
    ackQuick: { rounds: 2, warmUps: 1, requests: 80 },
    start: { rounds: 1, warmUps: 0, processes: 1 },
    worker: { rounds: 1, warmUps: 1, batches: 1 },
    memory: { processes: 1, callbacks: 10, batches: 1 },
  },
} as const

type Effort = (typeof efforts)[keyof typeof efforts]

const measure = async (
  wanted: readonly Part[],
  { ackSlow, ackQuick, start, worker, memory }: Effort,
): Promise<Results> => {
  const platform = `${process.platform} ${process.arch}`
  const results: Results = { machine: { node: process.version, platform, cores: availableParallelism() } }
  const tell = (what: string) => console.error(`measuring ${what} …`)
  if (wanted.includes('ack')) {
    tell('the answer, queue of 3 ms')
    results.ackSlow = await measureAck(3, ackSlow, ackSlow.requests)
    tell('the answer, queue that answers at once')
    results.ackQuick = await measureAck(0, ackQuick, ackQuick.requests)
  }
  if (wanted.includes('start')) {
    tell('the start')
    results.start = await measureStart(start, start.processes)
  }
  if (wanted.includes('worker')) {
    tell('the worker')
    results.worker = await measureWorker(worker, worker.batches)
  }
  if (wanted.includes('memory')) {
    tell('the memory')
    results.memory = await measureMemory(memory)
  }
  return results
}

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(help)
  const wanted = values.only === undefined ? parts : [readPart(values.only)]
  if (values.write && values.quick)
    throw new Error('Cannot start: found --write with --quick, wanted figures of a full run to be written')

  await installRivals()
  const bundles = await buildAll()
  const effort = values.quick ? efforts.quick : efforts.full
  const results = { ...(await measure(wanted, effort)), bundles }
  console.log(
    values.json
      ? JSON.stringify(results, null, 2)
      : toTables(results)
          .map(({ text }) => text)
          .join('\n\n'),
  )

  if (values.write) await write(results)
  if (values.gate) await gate(results, wanted, effort)
}

/** No figure is known to more than five digits. */
const toShort = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value

/** What was not measured this time stays as it was. */
const write = async (results: Results): Promise<void> => {
  const before: unknown = await readFile(resultsFile, 'utf8').then(JSON.parse, () => ({}))
  const text = JSON.stringify({ ...(v.is(Results, before) ? before : {}), ...results }, toShort, 2)
  await writeFile(resultsFile, `${text}\n`)
  await writeFile(docsFile, writeTables(await readFile(docsFile, 'utf8'), v.parse(Results, JSON.parse(text))))
}

/** A run may meet a machine that is busy, so the best of three counts. */
const gate = async (first: Results, wanted: readonly Part[], effort: Effort): Promise<void> => {
  const runs = [first]
  while (findOver(runs).length > 0 && runs.length < 3) runs.push(await measure(wanted, effort))
  for (const over of findOver(runs)) {
    console.error(over)
    process.exitCode = 1
  }
}

runCommand(run)
