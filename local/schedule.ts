import { logFailure } from '../shared/attempt-all.ts'

/** Runs a function again and again, as EventBridge does: a run that fails is followed by the next one. */
export const startSchedule = (milliseconds: number, run: () => unknown): { stop: () => Promise<void> } => {
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    running = running
      .then(async () => {
        await run()
      })
      .catch((error: unknown) => logFailure('run a schedule', error))
  }, milliseconds)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
