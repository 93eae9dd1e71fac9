import type { CallbackRow, CallRow, DeadLetterRow, ListedRow } from '../messages.ts'

/** A row of the third list, whatever it waits for. */
export type WaitingRow =
  | ({ readonly kind: 'quarantined' | 'held' | 'missing' } & ListedRow)
  | ({ readonly kind: 'dead letter'; readonly key: string } & DeadLetterRow)

/** What a row can be chosen by with one click. */
export const stateOfCall = ({ disposition, state }: CallRow): string =>
  state === 'missing' ? 'missing' : (disposition ?? (state === 'open' ? 'open' : 'unknown'))

export const stateOfCallback = ({ status, rejected, state }: CallbackRow): string => {
  if (status !== 200) return 'refused'
  if (rejected.length > 0) return 'quarantined'
  return state === 'returned' ? 'returned' : 'taken'
}

export const stateOfWaiting = ({ kind }: WaitingRow): string => kind

export const textOfCall = (row: CallRow): string =>
  [row.id, ...row.parties, row.scenario, stateOfCall(row), row.completeness].join(' ')

export const textOfCallback = (row: CallbackRow): string =>
  [
    `#${row.id} ${row.method} ${row.route} ${row.status} ${row.code ?? ''} ${row.verdict ?? ''} ${row.brought}`,
    ...row.calls.map(({ id }) => id),
    ...row.rejected.map(({ code, pointer }) => `${code} ${pointer}`),
  ].join(' ')

export const textOfWaiting = (row: WaitingRow): string =>
  row.kind === 'dead letter'
    ? [row.kind, row.source, ...row.calls].join(' ')
    : [row.kind, row.key, row.source, row.text, row.reason?.code, row.reason?.message, row.reason?.pointer].join(' ')

/** Whether a text has every word of what was typed, in any case and order. It sees masked numbers masked. */
export const toMatcher = (typed: string): ((text: string) => boolean) => {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return (text) => {
    const lower = text.toLowerCase()
    return words.every((word) => lower.includes(word))
  }
}

/** A whole number finds nothing while the page has masked ones only; it must not be sent to those who know more. */
export const isNumberTyped = (typed: string): boolean => typed.replace(/\D/g, '').length >= 5

/** How many rows there are of each state, the most frequent first. */
export const countStates = (states: readonly string[]): readonly (readonly [state: string, count: number])[] => {
  const counts = new Map<string, number>()
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}
