import { setTimeout as sleep } from 'node:timers/promises'
import { logFailure } from './attempt-all.ts'
import type { Callback } from './callback.ts'
import type { HeldCallbacks } from './held-callbacks.ts'
import type { Counts } from './metrics.ts'
import type { SendMessage } from './send-message.ts'

/** A late answer is better than none that was tried for. */
const least = 300

/**
 * Puts a callback on the queue, or holds it in the table when the queue does not take it in half of the time that is left.
 * A queue that took it and whose answer got lost has it twice, which changes nothing.
 * @param openHeld takes its time when it is first called, so that is done as soon as the queue fails once
 * @param budget milliseconds, 1,000 at least, from the receipt of the callback to the answer
 * @throws what the table refused it with
 */
export const keepCallback = async (
  callback: Callback,
  send: SendMessage,
  openHeld: () => Promise<Pick<HeldCallbacks, 'hold'>>,
  budget: number,
  count: (counts: Counts) => void,
): Promise<void> => {
  const timeLeft = () => Math.max(least, Date.parse(callback.receivedAt) + budget - Date.now())
  try {
    await tryFor(timeLeft() / 2, (patience) =>
      send(callback, patience).catch((error: unknown) => {
        openHeld().catch(() => undefined)
        throw error
      }),
    )
  } catch (error) {
    logFailure('queue a callback', error)
    await tryFor(timeLeft(), async (patience) => (await openHeld()).hold(callback, patience))
    count({ [`held.${callback.source}`]: 1 })
  }
}

/**
 * Tries again and again until the time is up, an attempt that hangs included. The clients' own retries wait half a second
 * where they are throttled, and cease when there were many, which is when they are needed here.
 */
const tryFor = async (milliseconds: number, attempt: (patience: number) => Promise<void>): Promise<void> => {
  const end = Date.now() + milliseconds
  for (let wait = 20; ; wait *= 2) {
    try {
      return await attempt(Math.max(1, Math.ceil((end - Date.now()) * 0.6)))
    } catch (error) {
      if (Date.now() + wait >= end) throw error
      await sleep(wait)
    }
  }
}
