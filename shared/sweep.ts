import { attemptAll } from './attempt-all.ts'
import { type FoldSettings, isKey } from './call.ts'
import { type Callback, parseBody } from './callback.ts'
import type { CallbacksQueue } from './callbacks-queue.ts'
import type { CallsReader, Census, StoredCall } from './calls-table.ts'
import { foldCall } from './fold-call.ts'
import type { HeldCallbacks } from './held-callbacks.ts'
import { typeOf } from './json.ts'
import type { Counts } from './metrics.ts'
import { SenderError } from './sender-error.ts'

/** A run has a minute; at 25 a time and 20 ms each, a thousand take under a second. */
const perRun = 1000

/** So many callbacks, or calls, are in memory at once: callbacks have up to 256 KB each, calls up to 400 KB. */
const atOnce = 25

/** Ten messages are in the hands of every worker of a queue that holds nothing back, and as many come next. */
const messagesPerWorker = 20

const hour = 3_600_000

/** What the queue has not taken in a day, it refuses for what it is; `CallbacksHeld` says so. */
const refusedForGoodAfter = 24 * hour

/** What is dead may be the CDRs, but one message that nothing can be made of must not stop the search for good. */
const deadLettersOfNothing = 20

/**
 * Puts held callbacks on the queue, each before it is removed.
 * @returns whether nothing waits that could bring a CDR: no held callback was queued, and the queues are as good as empty
 */
export const queueHeld = async (
  held: HeldCallbacks,
  queue: CallbacksQueue,
  workerConcurrency: number,
  now: Date,
): Promise<boolean> => {
  const ids = await held.list(perRun)
  let wasAnyQueued = false
  for (let first = 0; first < ids.length; first += atOnce) {
    const callbacks = await held.get(ids.slice(first, first + atOnce))
    const { done, failed } = await attemptAll(
      () => 'queue a held callback',
      callbacks,
      async ({ id, callback }) => {
        await queue.enqueue(callback, 5000)
        await held.remove(id)
      },
    )
    if (done.length > 0) wasAnyQueued = true
    // A queue that takes none of so many is down; one that refuses some for what they are goes on.
    else if (failed.some(({ callback }) => now.getTime() - Date.parse(callback.receivedAt) < refusedForGoodAfter))
      return false
  }
  if (wasAnyQueued) return false
  const { messages, deadLetters } = await queue.backlog()
  return messages <= messagesPerWorker * workerConcurrency && deadLetters <= deadLettersOfNothing
}

// A call whose CDR does not come is found by the sweep and marked by the worker, to whom the sweep says so with a message
// `{"callId": "…"}` of the source `sweep`: whatever crashes in between, the message comes back.

/** Six hourly re-pushes of a CDR, and a margin. */
const overdueAfter = 7 * hour

/** PrivateNumber's six re-pushes take 10 hours and 23 minutes. */
const overdueAfterOfPrivateNumber = 11 * hour

/** A call without a CDR, so long after its last status event was received that none is to be expected. */
const isOverdue = (stored: StoredCall, settings: FoldSettings, now: Date): boolean => {
  if (stored.heardAt === undefined) return false
  const age = now.getTime() - Date.parse(stored.heardAt)
  if (age < overdueAfter || age >= overdueAfterOfPrivateNumber) return age >= overdueAfter
  return foldCall(stored.callId, stored.facts, settings).scenario !== 'private-number'
}

/** The ids of calls whose CDR is overdue, no more than a thousand, some at a time. */
export async function* findOverdue(
  table: CallsReader,
  settings: FoldSettings,
  now: Date,
): AsyncGenerator<readonly string[]> {
  const ids = await table.listOpen(new Date(now.getTime() - overdueAfter), perRun / 8)
  for (let first = 0; first < ids.length; first += atOnce) {
    const calls = await table.getCalls(ids.slice(first, first + atOnce))
    yield calls.flatMap((stored) => (isOverdue(stored, settings, now) ? [stored.callId] : []))
  }
}

/** How much waits, how long the oldest has, and whether overdue calls were not looked for since more waits. */
export const toSweepCounts = (held: Census, missing: Census, isQuiet: boolean, now: Date): Counts => ({
  held: held.count,
  heldOldestSeconds: toAge(held, now),
  missing: missing.count,
  missingOldestSeconds: toAge(missing, now),
  ...(isQuiet ? {} : { searchesPutOff: 1 }),
})

const toAge = ({ oldest }: Census, now: Date) =>
  oldest === undefined ? 0 : Math.max(0, Math.round((now.getTime() - Date.parse(oldest)) / 1000))

export const sweepSource = 'sweep'

export const toOverdueCallback = (callId: string, now: Date): Callback => ({
  body: JSON.stringify({ callId }),
  source: sweepSource,
  verdict: 'off',
  receivedAt: now.toISOString(),
})

/** @throws SenderError `not-json` | `not-an-object` | `bad-request` */
export const readOverdue = (body: string): string => {
  const { callId } = parseBody(body)
  if (typeof callId === 'string' && isKey(callId)) return callId
  throw new SenderError(
    'bad-request',
    `Cannot tell the call: found ${typeOf(callId)} as callId, wanted text that an id can be`,
    '/callId',
  )
}
