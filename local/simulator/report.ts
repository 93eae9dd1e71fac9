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
    ['hang-ups not taken', result.lostHangups],
    ['call records', result.records],
    ['duplicates by id', result.duplicates],
    ['revisions', result.revisions],
    ['wrong', result.wrong.length],
    ['missing', result.missing.length],
    ...toHostileRows(result),
  ]
  const width = Math.max(24, ...rows.map(([name]) => name.length))
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)} ${String(value)}`)
  const wrong = result.wrong
    .slice(0, shown)
    .flatMap(({ callId, differences }) => [
      `wrong: ${callId}`,
      ...differences.map(
        ({ field, expected, found }) => `  ${field}: expected ${toText(expected)}, found ${toText(found)}`,
      ),
    ])
  const missing = result.missing.slice(0, shown).map((callId) => `missing: ${callId}`)
  if (result.missing.length > shown) missing.push(`missing: and ${result.missing.length - shown} more`)
  return [...table, ...wrong, ...missing].join('\n')
}

export const isFlawless = ({ wrong, missing, lostEvents, lostCdrs, lostHangups }: Result): boolean =>
  wrong.length + missing.length + lostEvents + lostCdrs + lostHangups === 0

/**
 * A receiver that enforces signatures may take what says nothing new, and another body under an overheard X-AKSK header,
 * which does not sign it.
 */
export const isFooled = ({ hostile }: Result): boolean =>
  Object.entries(hostile).some(([kind, { taken }]) => taken > 0 && !harmless.test(kind))

const harmless = /replayed|re-ordered|of other types|voice-call another body/

const toHostileRows = ({ hostile, invented }: Result): readonly [string, string | number][] => {
  const kinds = Object.entries(hostile).sort(([a], [b]) => (a < b ? -1 : 1))
  if (kinds.length === 0) return []
  return [
    ['invented calls recorded', invented],
    ['what each signature proves', 'docs/who-may-post.md; without secrets nothing is checked'],
    ...kinds.map(([kind, { pushed, taken }]): [string, string] => [kind, `${taken} taken of ${pushed}`]),
  ]
}

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
