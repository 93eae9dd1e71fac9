import fc from 'fast-check'

const { RANDOM_SECONDS, RANDOM_SEED } = process.env

/** Seconds that each random property is tried for, instead of its number of runs. */
export const randomSeconds = Number(RANDOM_SECONDS ?? 0)

// A commit's result is the same on each machine: what is new in it is what fails. `RANDOM_SECONDS=300 npx vitest run test/model`
// looks where no run of it has looked; what it finds, a test of its own has to hold afterwards.
if (RANDOM_SEED !== undefined || randomSeconds === 0) fc.configureGlobal({ seed: Number(RANDOM_SEED ?? 1) })

/** For `fc.assert`. Shrinking a failure ends before the test's time does, to tell its seed. */
export const runs = (count: number): { numRuns: number; interruptAfterTimeLimit: number } => ({
  numRuns: randomSeconds === 0 ? count : Number.MAX_SAFE_INTEGER,
  interruptAfterTimeLimit: randomSeconds === 0 ? 40_000 : randomSeconds * 1000,
})
