import type { CallbackRow, CallRow } from '../messages.ts'
import { element } from './element.ts'
import { stateOfCall, stateOfCallback, type WaitingRow } from './filter.ts'
import { toBytes, toClock, toDuration, toMilliseconds } from './format.ts'
import type { ListRow } from './virtual-list.ts'

/** Names of the columns, as wide as the style sheet says of their class. */
export const columns = {
  calls: ['time', 'state', 'parties', 'scenario', 'ring', 'talk', 'minutes', 'revision'],
  callbacks: ['time', 'status', 'route', 'brought', 'verdict', 'size', 'took'],
  waiting: ['time', 'state', 'source', 'reason'],
} as const

const titles: { readonly [column: string]: string } = {
  minutes: 'min',
  revision: 'rev',
  verdict: 'signature',
  took: 'answered in',
}

export const toHead = (tab: keyof typeof columns): readonly HTMLElement[] =>
  columns[tab].map((column) => element('span', { class: column }, titles[column] ?? column))

const cell = (column: string, text: string, title?: string): HTMLElement =>
  element('span', { role: 'gridcell', class: column, title }, text)

/** A word whose colour says the same. */
export const badge = (state: string, column = 'state'): HTMLElement =>
  element('span', { role: 'gridcell', class: `${column} is-${state.replace(' ', '-')}` }, state)

export const toParties = (parties: readonly string[]): string => (parties.length > 0 ? parties.join(' → ') : '–')

const mark = (row: CallRow): string => (row.problems > 0 ? ` · ${row.problems}!` : '')

const toCallCells = (row: CallRow, now: Date): readonly HTMLElement[] => [
  cell('time', toClock(row.at, now), row.at),
  badge(stateOfCall(row)),
  cell('parties', toParties(row.parties), row.id),
  cell('scenario', row.scenario),
  cell('ring', toDuration(row.ringSeconds)),
  cell('talk', toDuration(row.talkSeconds)),
  cell('minutes', row.billableMinutes === undefined ? '–' : String(row.billableMinutes)),
  element(
    'span',
    {
      role: 'gridcell',
      class: `revision${row.problems > 0 ? ' is-odd' : ''}${row.completeness === 'complete' ? '' : ' is-partial'}`,
      title: `revision ${row.revision}, ${row.completeness}, ${row.problems} problems`,
    },
    `${row.revision}${row.completeness === 'complete' ? '' : '…'}${mark(row)}`,
  ),
]

const toCallbackCells = (row: CallbackRow, now: Date): readonly HTMLElement[] => [
  cell('time', toClock(row.at, now), row.at),
  element(
    'span',
    { role: 'gridcell', class: `status is-${stateOfCallback(row)}` },
    row.code ? `${row.status} ${row.code}` : String(row.status),
  ),
  cell('route', `${row.method} ${row.route}`),
  cell('brought', toBrought(row)),
  element('span', { role: 'gridcell', class: `verdict is-${row.verdict ?? 'none'}` }, toVerdict(row)),
  cell('size', toBytes(row.bytes)),
  cell('took', toMilliseconds(row.milliseconds)),
]

/** What a callback brought or came to. */
export const toBrought = ({ brought, rejected, state, replayOf }: CallbackRow): string => {
  const quarantined = rejected.length > 0 ? `${rejected.length} quarantined` : ''
  const told = [brought, quarantined, state === 'returned' ? 'back on the queue' : ''].filter(Boolean).join(', ')
  return `${told || (state === 'kept' ? 'on the queue' : '–')}${replayOf === undefined ? '' : ` (replay of #${replayOf})`}`
}

/** A refusal says by its code what was found of the signature. */
export const toVerdict = ({ verdict, status, code }: CallbackRow): string =>
  verdict ?? (status === 401 ? (code ?? 'not valid') : '–')

const toWaitingCells = (row: WaitingRow, now: Date): readonly HTMLElement[] => [
  cell('time', toClock(row.at, now), row.at),
  badge(row.kind),
  cell('source', row.source),
  cell('reason', toReason(row)),
]

const toReason = (row: WaitingRow): string => {
  if (row.kind === 'dead letter') return `${row.receives} receives, ${row.calls.join(' ') || 'not quarantined'}`
  if (row.reason) return `${row.reason.code} ${row.reason.pointer}`
  return row.kind === 'held' ? `${toBytes(row.bytes)} wait for the sweep` : row.text
}

export const toCallList = (row: CallRow, now: Date): ListRow => ({
  key: row.key,
  source: row,
  cells: () => toCallCells(row, now),
  label: `${row.scenario} ${toParties(row.parties)} ${stateOfCall(row)}`,
})

export const toCallbackList = (row: CallbackRow, now: Date): ListRow => ({
  key: String(row.id),
  source: row,
  cells: () => toCallbackCells(row, now),
  label: `${row.method} ${row.route} ${row.status} ${toBrought(row)}`,
})

export const toWaitingList = (row: WaitingRow, now: Date): ListRow => ({
  key: row.key,
  source: row,
  cells: () => toWaitingCells(row, now),
  label: `${row.kind} ${toReason(row)}`,
})
