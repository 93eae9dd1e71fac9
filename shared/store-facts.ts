import type { SQSRecord } from 'aws-lambda'
import type { Callback } from './callback.ts'
import { toCallback } from './callbacks-queue.ts'
import { type CallsTable, isItemFull, maxFactsPerWrite, type StoredCall } from './calls-table.ts'
import type { Fact } from './fact.ts'
import { type Call, foldCall } from './fold-call.ts'
import { SenderError, toSenderError } from './sender-error.ts'
import { sourceOf, sources } from './source.ts'

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
  readonly facts: readonly { readonly fact: Fact; readonly callback: Callback }[]
  /** The earliest of them. */
  readonly receivedAt: string
}

export interface RejectedRecord {
  readonly messageIds: readonly string[]
  readonly callback: Callback
  readonly error: SenderError
}

export const toBatch = (messages: readonly SQSRecord[]): Batch => {
  const calls = new Map<string, CallFacts>()
  const rejected: RejectedRecord[] = []
  for (const message of messages) {
    const messageIds = [message.messageId]
    const callback = toCallback(message)
    const { receivedAt } = callback
    const split = trySplit(callback)
    for (const { callId, fact, body } of split.found) {
      const call = calls.get(callId) ?? { callId, messageIds: [], facts: [], receivedAt }
      calls.set(callId, {
        callId,
        messageIds: [...call.messageIds, message.messageId],
        facts: [...call.facts, { fact, callback: { ...callback, body } }],
        receivedAt: receivedAt < call.receivedAt ? receivedAt : call.receivedAt,
      })
    }
    for (const { error, body } of split.rejected) rejected.push({ messageIds, callback: { ...callback, body }, error })
  }
  return { calls: [...calls.values()], rejected }
}

const trySplit = ({ source, body }: Callback) => {
  try {
    return sources[sourceOf(source)].split(body)
  } catch (error) {
    return { found: [], rejected: [{ error: toSenderError(error), body }] }
  }
}

/**
 * Writes facts of one call, as many in one request as the table takes, and folds all that is then known of the call.
 * A fact that no longer fits the call's item is quarantined; `undefined` when none of them fits.
 */
export const storeFacts = async (call: CallFacts, table: CallsTable): Promise<Call | undefined> => {
  const distinct = [...new Map(call.facts.map((found) => [found.fact.name, found])).values()]
  let stored: StoredCall | undefined
  for (let start = 0; start < distinct.length; start += maxFactsPerWrite) {
    const facts = distinct.slice(start, start + maxFactsPerWrite)
    stored = (await addFacts({ ...call, facts }, table)) ?? stored
  }
  return stored && foldCall(call.callId, stored.facts)
}

const addFacts = async (call: CallFacts, table: CallsTable): Promise<StoredCall | undefined> => {
  const facts = call.facts.map(({ fact }) => fact)
  try {
    return await table.addFacts(call.callId, facts, foldCall(call.callId, facts), call.receivedAt)
  } catch (error) {
    if (!isItemFull(error)) throw error
  }
  let stored: StoredCall | undefined
  for (const { fact, callback } of call.facts) {
    try {
      stored = await table.addFacts(call.callId, [fact], foldCall(call.callId, [fact]), call.receivedAt)
    } catch (error) {
      if (!isItemFull(error)) throw error
      const message = 'Cannot add the fact: found a call that with it is over 400 KB, wanted less'
      await table.quarantine(callback, new SenderError('call-full', message))
    }
  }
  return stored
}
