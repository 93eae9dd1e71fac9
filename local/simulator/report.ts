import type { Json } from '../../shared/json.ts'
import type { Result } from './simulation.ts'

const shown = 3

/** What became of a simulation, for people: a table, and the first wrong calls spelled out. */
export const toReport = (result: Result, seed: number, seconds: number): string => {
  const rows: readonly [string, number | string][] = [
    ['calls', `${result.calls} of seed ${seed}`],
    ['callbacks pushed', `${result.callbacks} in ${seconds.toFixed(1)} s`],
    ['re-pushes among them', result.rePushes],
    ['status events not taken', result.lostEvents],
    ['CDR messages not taken', result.lostCdrs],
    ['call records', result.records],
    ['duplicates by id', result.duplicates],
    ['revisions', result.revisions],
    ['wrong', result.wrong.length],
    ['missing', result.missing.length],
  ]
  const table = rows.map(([name, value]) => `  ${name.padEnd(24)} ${String(value)}`)
  const wrong = result.wrong
    .slice(0, shown)
    .flatMap(({ callId, differences }) => [
      `wrong: ${callId}`,
      ...differences.map(
        ({ field, expected, found }) => `  ${field}: expected ${toText(expected)}, found ${toText(found)}`,
      ),
    ])
  const missing = result.missing.slice(0, shown).map((callId) => `missing: ${callId}`)
  return [...table, ...wrong, ...missing].join('\n')
}

export const isFlawless = ({ wrong, missing, lostEvents, lostCdrs }: Result): boolean =>
  wrong.length + missing.length + lostEvents + lostCdrs === 0

const toText = (value: Json | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value))

/** A bar that draws itself anew on a terminal and stays silent elsewhere. */
export const createProgressBar = (total: number, stream: NodeJS.WriteStream) => {
  let drawn = 0
  return {
    show: (pushed: number, recorded: number) => {
      if (!stream.isTTY || (Date.now() - drawn < 100 && pushed < total)) return
      drawn = Date.now()
      const width = 30
      const full = Math.round((recorded / total) * width)
      stream.write(
        `\r${'█'.repeat(full)}${'░'.repeat(width - full)} ${pushed} pushed, ${recorded} recorded of ${total} calls `,
      )
    },
    clear: () => {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}
