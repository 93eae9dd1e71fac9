import type { CallbackRow, CallRow } from '../messages.ts'
import { element } from './element.ts'
import { stateOfCall, stateOfCallback, type WaitingRow } from './filter.ts'
import { toBytes, toClock, toDuration, toMilliseconds, toMoment } from './format.ts'
import type { ListRow } from './virtual-list.ts'

/** Names of the columns, as wide as the style sheet says of their class. */
export const columns = {
  calls: ['time', 'state', 'parties', 'scenario', 'ring', 'talk', 'minutes', 'note', 'revision'],
  callbacks: ['time', 'status', 'route', 'brought', 'verdict', 'size', 'took'],
  waiting: ['time', 'state', 'source', 'reason'],
} as const

const titles: { readonly [column: string]: string } = {
  minutes: 'min',
  revision: 'rev',
  verdict: 'signature',
  took: 'answered in',
}

const hints: { readonly [column: string]: string } = {
  time: "local time, of this browser's time zone",
  'calls time': "start, in this browser's time zone; what changed last stands first",
  minutes: 'billable minutes',
  revision: 'revision of the call record: the number of facts',
}

export const toHead = (tab: keyof typeof columns): readonly HTMLElement[] =>
  columns[tab].map((column) =>
    element('span', { class: column, title: hints[`${tab} ${column}`] ?? hints[column] }, titles[column] ?? column),
  )

const cell = (column: string, text: string, title?: string): HTMLElement =>
  element('span', { role: 'gridcell', class: column, title }, text)

const timeCell = (iso: string, now: Date): HTMLElement => {
  const { form, day, time } = toClock(iso, now)
  // Where there is no room for both, a day of another year stays alone.
  return element(
    'span',
    { role: 'gridcell', class: 'time', title: `${toMoment(iso)} local time, ${iso}` },
    ...(day === '' ? [time] : [`${day} `, element('span', { class: form === 'year' ? 'clock' : undefined }, time)]),
  )
}

/** A word whose colour says the same. */
export const badge = (state: string, column = 'state'): HTMLElement =>
  element('span', { role: 'gridcell', class: `${column} is-${state.replace(' ', '-')}` }, state)

export const toParties = (parties: readonly string[]): string => (parties.length > 0 ? parties.join(' → ') : '–')

/** What is to be known of the record beside its number. */
const toNote = ({ completeness, problems }: CallRow): string =>
  [
    completeness === 'complete' ? '' : 'status only',
    problems === 0 ? '' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`,
  ]
    .filter(Boolean)
    .join(', ')

const toRevision = (row: CallRow): string => [`revision ${row.revision}`, toNote(row)].filter(Boolean).join(', ')

/** Why a scenario is named neither of two. */
export const toScenarioHint = (scenario: CallRow['scenario']): string | undefined =>
  scenario === 'playback' ? 'a notification or a verification code, the CDR does not tell which' : undefined

const toCallCells = (row: CallRow, now: Date): readonly HTMLElement[] => [
  timeCell(row.at, now),
  badge(stateOfCall(row)),
  cell('parties', toParties(row.parties), row.id),
  cell('scenario', row.scenario, toScenarioHint(row.scenario)),
  cell('ring', toDuration(row.ringSeconds)),
  cell('talk', toDuration(row.talkSeconds)),
  cell('minutes', row.billableMinutes === undefined ? '–' : String(row.billableMinutes)),
  cell(`note${row.problems > 0 ? ' is-odd' : ''}`, toNote(row), toNote(row)),
  element(
    'span',
    {
      role: 'gridcell',
      class: `revision${row.problems > 0 ? ' is-odd' : ''}${row.completeness === 'complete' ? '' : ' is-partial'}`,
      title: toRevision(row),
      'aria-label': toRevision(row),
    },
    String(row.revision),
  ),
]

const toCallbackCells = (row: CallbackRow, now: Date): readonly HTMLElement[] => [
  timeCell(row.at, now),
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
  timeCell(row.at, now),
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
  label: [row.scenario, toParties(row.parties), `${stateOfCall(row)},`, toRevision(row)].join(' '),
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
