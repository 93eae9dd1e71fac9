import type { FoldSettings } from '../../shared/call.ts'
import { toCallRecord } from '../../shared/call-record.ts'
import type { StoredCall } from '../../shared/calls-table.ts'
import { hash } from '../../shared/fact.ts'
import { foldCall } from '../../shared/fold-call.ts'
import type { CallRow } from './messages.ts'

/** The calls that were heard of, no more than so many, and which of them changed since they were read. */
export interface CallBoard {
  readonly touch: (callId: string) => void
  /** The ids of calls that changed, those heard of last before the others; they count as read from then on. */
  readonly takeChanged: (limit: number) => readonly string[]
  readonly hasChanged: () => boolean
  readonly set: (row: CallRow) => void
  readonly rows: () => readonly CallRow[]
  readonly callIdOf: (key: string) => string | undefined
  readonly orderOf: (callId: string) => number
  /** The keys of those that were dropped since the last time. */
  readonly takeDropped: () => readonly string[]
  readonly dropped: () => number
}

/** Ids may hold numbers, so the page knows a call by this. */
export const toKey = (callId: string): string => hash(callId)

export const createCallBoard = (limit: number): CallBoard => {
  const calls = new Map<string, { readonly callId: string; readonly order: number; row?: CallRow }>()
  const changed = new Set<string>()
  let gone: string[] = []
  let [last, dropped] = [0, 0]

  return {
    touch: (callId) => {
      const key = toKey(callId)
      const known = calls.get(key) ?? { callId, order: ++last }
      // Set anew, so that what was not heard of for longest is first.
      calls.delete(key)
      calls.set(key, known)
      changed.delete(callId)
      changed.add(callId)
      for (const [oldest, { callId: id }] of calls) {
        if (calls.size <= limit) break
        calls.delete(oldest)
        changed.delete(id)
        gone.push(oldest)
        dropped++
      }
    },
    takeChanged: (count) => {
      const taken = [...changed].slice(-count)
      for (const callId of taken) changed.delete(callId)
      return taken
    },
    hasChanged: () => changed.size > 0,
    set: (row) => {
      const known = calls.get(row.key)
      if (known) known.row = row
    },
    rows: () => [...calls.values()].flatMap(({ row }) => (row ? [row] : [])),
    callIdOf: (key) => calls.get(key)?.callId,
    orderOf: (callId) => calls.get(toKey(callId))?.order ?? 0,
    takeDropped: () => {
      const taken = gone
      gone = []
      return taken
    },
    dropped: () => dropped,
  }
}

/** @param order see CallRow */
export const toCallRow = (stored: StoredCall, order: number, settings: FoldSettings): CallRow => {
  const record = toCallRecord(foldCall(stored.callId, stored.facts, settings))
  return {
    key: toKey(stored.callId),
    id: stored.callId,
    order,
    at: record.startedAt ?? record.endedAt ?? stored.heardAt ?? '',
    scenario: record.scenario,
    parties: record.legs.map(({ number = '?' }) => number),
    state: record.completeness === 'complete' ? 'ended' : stored.isMissing ? 'missing' : 'open',
    disposition: record.disposition,
    ringSeconds: record.ringSeconds,
    talkSeconds: record.talkSeconds,
    billableMinutes: record.billableMinutes,
    completeness: record.completeness,
    revision: record.revision,
    problems: record.problems?.length ?? 0,
  }
}
