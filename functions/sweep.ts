import type { ScheduledHandler } from 'aws-lambda'
import { attemptAll } from '../shared/attempt-all.ts'
import { type CallbacksQueue, openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { type CallsReader, openCallsReader } from '../shared/calls-table.ts'
import { optional, required, type SweepSettings, sweepSettings } from '../shared/environment.ts'
import { type HeldCallbacks, openHeldCallbacks } from '../shared/held-callbacks.ts'
import { type Counts, openMetrics } from '../shared/metrics.ts'
import { findOverdue, queueHeld, toOverdueCallback, toSweepCounts } from '../shared/sweep.ts'

/** Queues held callbacks, and calls whose CDR is overdue. Whatever is queued twice changes nothing. */
export const sweep = async (
  held: HeldCallbacks,
  table: CallsReader,
  queue: CallbacksQueue,
  settings: SweepSettings,
  count: (counts: Counts) => void,
  now: Date,
): Promise<void> => {
  const isQuiet = await queueHeld(held, queue, settings.workerConcurrency, now)
  // First, so that they are known of a run that comes to no end.
  count(toSweepCounts(await table.countListed('held'), await table.countListed('missing'), isQuiet, now))
  if (!isQuiet) return
  for await (const overdue of findOverdue(table, settings, now))
    await attemptAll(
      () => 'queue an overdue call',
      overdue,
      (callId) => queue.enqueue(toOverdueCallback(callId, now), 5000),
    )
}

const { env } = process
const held = openHeldCallbacks(required(env, 'CALLS_TABLE'))
const table = openCallsReader(required(env, 'CALLS_TABLE'))
const queue = openCallbacksQueue(required(env, 'CALLBACKS_QUEUE_URL'), required(env, 'DEAD_LETTERS_URL'))
const settings = sweepSettings(env)
const count = openMetrics(optional(env, 'METRICS_NAMESPACE'))
export const handler: ScheduledHandler = () => sweep(held, table, queue, settings, count, new Date())
