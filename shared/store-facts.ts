import type { SQSRecord } from 'aws-lambda'
import { attemptAll } from './attempt-all.ts'
import { toBatches } from './batches.ts'
import { toPublications } from './call-records-topic.ts'
import type { Callback } from './callback.ts'
import { toCallback } from './callback-message.ts'
import type { CallsTable, StoredCall } from './calls-table.ts'
import type { StoreSettings } from './environment.ts'
import { type Fact, type Found, hash, type Split } from './fact.ts'
import { type Call, foldCall } from './fold-call.ts'
import { groupBy } from './group-by.ts'
import { toIso } from './instant.ts'
import { SenderError, toSenderError } from './sender-error.ts'
import { sourceOf, sources } from './source.ts'
import { readOverdue, sweepSource } from './sweep.ts'
import { isItemFull } from './table.ts'

/** What a batch of messages comes to: the facts of each call, so that a call is written once, and what is no fact. */
export interface Batch {
  readonly calls: readonly CallFacts[]
  /** Calls whose CDR is overdue, as the sweep says. */
  readonly overdue: readonly OverdueCall[]
  readonly rejected: readonly RejectedRecord[]
}

export interface CallFacts {
  readonly callId: string
  /** Those that brought the facts. */
  readonly messageIds: readonly string[]
  /** Each with the callback that it came in. */
  readonly facts: readonly (Found & { readonly callback: Callback })[]
  /** The earliest of them. */
  readonly receivedAt: string
}

export interface OverdueCall {
  readonly callId: string
  readonly messageIds: readonly string[]
}

export interface RejectedRecord {
  readonly messageIds: readonly string[]
  readonly callback: Callback
  readonly error: SenderError
}

export const toBatch = (messages: readonly SQSRecord[]): Batch => {
  const found: (CallFacts['facts'][number] & { readonly messageId: string })[] = []
  const overdue: OverdueCall[] = []
  const rejected: RejectedRecord[] = []
  for (const message of messages) {
    const { messageId } = message
    const callback = toCallback(message)
    const split = trySplit(callback)
    for (const fact of split.found) found.push({ ...fact, callback, messageId })
    for (const callId of split.overdue) overdue.push({ callId, messageIds: [messageId] })
    for (const { error, body } of split.rejected)
      rejected.push({ messageIds: [messageId], callback: { ...callback, body }, error })
  }
  const calls = [...groupBy(found, ({ callId }) => callId)].map(
    ([callId, facts]): CallFacts => ({
      callId,
      messageIds: [...new Set(facts.map(({ messageId }) => messageId))],
      facts,
      receivedAt: facts.map(({ callback }) => callback.receivedAt).reduce((a, b) => (b < a ? b : a)),
    }),
  )
  return { calls, overdue, rejected }
}

/** A call's record has up to 64 KB, whatever little a message brings of it: more at once would not fit the memory. */
const callsAtOnce = 250

/** The batch in parts that are worked on one after the other. */
export const toParts = ({ calls, overdue, rejected }: Batch): readonly Batch[] => {
  const [first = [], ...others] = toBatches(calls, () => 0, callsAtOnce, 0)
  return [{ calls: first, overdue, rejected }, ...others.map((calls) => ({ calls, overdue: [], rejected: [] }))]
}

const trySplit = ({ source, body }: Callback): Split & { readonly overdue: readonly string[] } => {
  try {
    if (source === sweepSource) return { found: [], overdue: [readOverdue(body)], rejected: [] }
    return { ...sources[sourceOf(source)].split(body), overdue: [] }
  } catch (error) {
    return { found: [], overdue: [], rejected: [{ error: toSenderError(error), body }] }
  }
}

/**
 * Quarantines, stores and marks what a batch brought.
 * @returns what is due to be published of it, and what failed, each with the messages that brought it, and how many facts
 * no longer fitted their calls
 */
export const storeBatch = async ({ calls, overdue, rejected }: Batch, table: CallsTable, settings: StoreSettings) => {
  const kept = await attemptAll(
    () => 'quarantine a record',
    rejected,
    ({ callback, error }) => table.quarantine(callback, error),
  )
  const stored = await attemptAll(
    ({ callId }) => `store call ${hash(callId)}`,
    calls,
    async (facts) => {
      const { known, quarantined } = await storeFacts(facts, table, settings)
      return { due: toDue(known, facts, settings), quarantined }
    },
  )
  const marked = await attemptAll(
    ({ callId }) => `mark call ${hash(callId)} as missing`,
    overdue,
    async (call) => {
      const known = await table.markMissing(call.callId)
      return toDue(known && toKnown(known, settings), call, settings)
    },
  )
  return {
    due: [...stored.done.flatMap(({ due }) => due), ...marked.done.flat()],
    callFull: stored.done.reduce((sum, { quarantined }) => sum + quarantined, 0),
    failed: [...kept.failed, ...stored.failed, ...marked.failed],
  }
}

/** What is known of a call after a write. */
export interface KnownCall {
  readonly call: Call
  readonly isMissing: boolean
}

const toKnown = (stored: StoredCall, settings: StoreSettings): KnownCall => ({
  call: foldCall(stored.callId, stored.facts, settings),
  isMissing: stored.isMissing,
})

/** What was folded for a write still holds after it if the call has no other facts, as when its CDR comes alone. */
const holds = (given: readonly Fact[], stored: StoredCall): boolean =>
  given.length === stored.facts.length &&
  stored.facts.every((fact) => given.some(({ name, text }) => name === fact.name && text === fact.text))

const toDue = (
  known: KnownCall | undefined,
  { messageIds }: Pick<OverdueCall, 'messageIds'>,
  { publish }: StoreSettings,
) => (known ? toPublications(known, publish) : []).map((due) => ({ ...due, messageIds }))

/** An update expression may hold 4 KB, which is about 140 facts, and no item more than 400 KB. */
const maxFacts = 100
const maxBytes = 400 * 1024

/**
 * Writes facts of one call, as many in one request as the table takes, and folds all that is then known of the call.
 * A fact that no longer fits the call's item is quarantined; nothing is known of the call when none of them fits.
 */
export const storeFacts = async (
  call: CallFacts,
  table: CallsTable,
  settings: StoreSettings,
): Promise<{ readonly known: KnownCall | undefined; readonly quarantined: number }> => {
  const distinct = [...new Map(call.facts.map((found) => [found.fact.name, found])).values()]
  // What ends the call comes first, so that it is not what no longer fits.
  const inOrder = distinct.sort((a, b) => Number(endsCall(b)) - Number(endsCall(a)))
  let last: Added | undefined
  let quarantined = 0
  for (const facts of toBatches(inOrder, bytesOf, maxFacts, maxBytes)) {
    const { added, refused } = await addFacts({ ...call, facts }, table, settings)
    last = added ?? last
    quarantined += refused
  }
  if (last === undefined) return { known: undefined, quarantined }

  // What people see in the table came from the facts of one write; seldom do all facts say otherwise.
  let { stored } = last
  let known = last.known ?? toKnown(stored, settings)
  while (known.call.cdr && !isShown(known.call, stored)) {
    // Where another write came between, the facts that it brought may say otherwise still.
    const now = (await table.show(known.call, stored, call.receivedAt)) ?? (await table.getCall(call.callId))
    if (now === undefined) break
    stored = now
    known = toKnown(stored, settings)
  }
  return { known, quarantined }
}

const bytesOf = ({ fact }: Found): number => Buffer.byteLength(fact.text)

export const endsCall = ({ fact }: Found): boolean => /^(cdr|hangup):/.test(fact.name)

const isShown = ({ talkSeconds, disposition, endedAt }: Call, { shown }: StoredCall): boolean =>
  shown.talkSeconds === talkSeconds &&
  shown.disposition === disposition &&
  shown.listedAt === (toIso(endedAt) ?? shown.listedAt)

interface Added {
  readonly stored: StoredCall
  /** Absent where it has to be folded anew. */
  readonly known: KnownCall | undefined
}

const addFacts = async (
  call: CallFacts,
  table: CallsTable,
  settings: StoreSettings,
): Promise<{ readonly added: Added | undefined; readonly refused: number }> => {
  const add = async (found: CallFacts['facts']): Promise<Added> => {
    const facts = found.map(({ fact }) => fact)
    const folded = foldCall(call.callId, facts, settings)
    const stored = await table.addFacts(call.callId, facts, folded, call.receivedAt)
    return { stored, known: holds(facts, stored) ? { call: folded, isMissing: stored.isMissing } : undefined }
  }
  // A number such as 1e20 is longer when it is written again. A table has several words for what is over its limit alone.
  const isTooLarge = (found: Found) => bytesOf(found) >= maxBytes
  try {
    if (!call.facts.some(isTooLarge)) return { added: await add(call.facts), refused: 0 }
  } catch (error) {
    if (!isItemFull(error)) throw error
  }
  // One by one, the smallest first, so that once one does not fit no later one does either.
  const bySize = [...call.facts].sort((a, b) => bytesOf(a) - bytesOf(b))
  const inOrder = [...bySize.filter(endsCall), ...bySize.filter((found) => !endsCall(found))]
  const refused: CallFacts['facts'][number][] = []
  let added: Added | undefined
  for (const found of inOrder) {
    if (isTooLarge(found) || refused.some((larger) => bytesOf(larger) <= bytesOf(found))) refused.push(found)
    else
      try {
        added = await add([found])
      } catch (error) {
        if (!isItemFull(error)) throw error
        refused.push(found)
      }
  }
  const message = 'Cannot add the fact: found a call that with it is over 400 KB, wanted less'
  const { failed } = await attemptAll(
    () => `quarantine a fact of call ${hash(call.callId)}`,
    refused,
    ({ callback, body }) => table.quarantine({ ...callback, body: body() }, new SenderError('call-full', message)),
  )
  if (failed.length > 0) throw new Error(`Cannot quarantine: found ${failed.length} facts refused, wanted none`)
  return { added, refused: refused.length }
}
