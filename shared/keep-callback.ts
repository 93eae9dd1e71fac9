import { logFailure } from './attempt-all.ts'
import type { Callback } from './callback.ts'
import type { CallbacksQueue } from './callbacks-queue.ts'
import type { HeldCallbacks } from './held-callbacks.ts'
import type { Counts } from './metrics.ts'

/** A late answer is better than none that was tried for. */
const least = 300

/**
 * Puts a callback on the queue, or holds it in the table when the queue does not take it in half of the time that is left.
 * A queue that took it and whose answer got lost has it twice, which changes nothing.
 * @param budget milliseconds, 1,000 at least, from the receipt of the callback to the answer
 * @throws what the table refused it with
 */
export const keepCallback = async (
  callback: Callback,
  queue: Pick<CallbacksQueue, 'enqueue'>,
  held: Pick<HeldCallbacks, 'hold'>,
  budget: number,
  count: (counts: Counts) => void,
): Promise<void> => {
  const timeLeft = () => Math.max(least, Date.parse(callback.receivedAt) + budget - Date.now())
  try {
    await queue.enqueue(callback, Math.ceil(timeLeft() / 2))
  } catch (error) {
    logFailure('queue a callback', error)
    await held.hold(callback, timeLeft())
    count({ [`held.${callback.source}`]: 1 })
  }
}
