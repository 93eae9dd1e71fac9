import type { SQSRecord } from 'aws-lambda'
import type { Callback } from './callback.ts'
import { toCallback } from './callbacks-queue.ts'
import { type CallsTable, isItemFull, maxFactsPerWrite, type StoredCall } from './calls-table.ts'
import { type Call, foldCall } from './fold-call.ts'
import { SenderError } from './sender-error.ts'
import { sourceOf, sources } from './source.ts'
import type { Found } from './voice-call.ts'

/** What a batch of messages comes to: the facts of each call, so that a call is written once, and what is no fact. */
export interface Batch {
  readonly calls: readonly CallFacts[]
  readonly rejected: readonly RejectedRecord[]
}

export interface CallFacts {
  readonly callId: string
  /** Those that brought the facts. */
  readonly messageIds: readonly string[]
  /** Each with the callback that it came in, cut down to that fact. */
  readonly facts: readonly (Found & { readonly callback: Callback })[]
}

export interface RejectedRecord {
  readonly messageIds: readonly string[]
  readonly callback: Callback
  readonly error: SenderError
}

export const toBatch = (messages: readonly SQSRecord[]): Batch => {
  const calls = new Map<string, { callId: string; messageIds: string[]; facts: CallFacts['facts'][number][] }>()
  const rejected: RejectedRecord[] = []
  for (const message of messages) {
    const messageIds = [message.messageId]
    const callback = toCallback(message)
    const split = trySplit(callback)
    for (const found of split.found) {
      const call = calls.get(found.callId) ?? { callId: found.callId, messageIds: [], facts: [] }
      calls.set(found.callId, call)
      call.messageIds.push(message.messageId)
      call.facts.push({ ...found, callback: { ...callback, body: found.body } })
    }
    for (const { error, body } of split.rejected) rejected.push({ messageIds, callback: { ...callback, body }, error })
  }
  return { calls: [...calls.values()], rejected }
}

const trySplit = ({ source, body }: Callback) => {
  try {
    return sources[sourceOf(source)].split(body)
  } catch (error) {
    if (error instanceof SenderError) return { found: [], rejected: [{ error, body }] }
    throw error
  }
}

/**
 * Writes facts of one call, as many in one request as the table takes, and folds all that is then known of the call.
 * A fact that no longer fits the call's item is quarantined; `undefined` when none of them fits.
 */
export const storeFacts = async ({ callId, facts }: CallFacts, table: CallsTable): Promise<Call | undefined> => {
  const distinct = [...new Map(facts.map((found) => [found.fact.name, found])).values()]
  let stored: StoredCall | undefined
  for (let start = 0; start < distinct.length; start += maxFactsPerWrite)
    stored = (await addFacts(callId, distinct.slice(start, start + maxFactsPerWrite), table)) ?? stored
  return stored && foldCall(callId, stored.facts)
}

const addFacts = async (
  callId: string,
  found: CallFacts['facts'],
  table: CallsTable,
): Promise<StoredCall | undefined> => {
  const [first, second] = found
  if (first === undefined) return undefined
  const facts = found.map(({ fact }) => fact)
  const [firstReceipt = ''] = found.map(({ callback }) => callback.receivedAt).sort()
  try {
    return await table.addFacts(callId, facts, foldCall(callId, facts), firstReceipt)
  } catch (error) {
    if (!isItemFull(error)) throw error
  }
  if (second === undefined) {
    const message = 'Cannot add the fact: found a call that with it is over 400 KB, wanted less'
    await table.quarantine(first.callback, new SenderError('call-full', message))
    return undefined
  }
  const half = Math.ceil(found.length / 2)
  const before = await addFacts(callId, found.slice(0, half), table)
  return (await addFacts(callId, found.slice(half), table)) ?? before
}
