import { logFailure } from './attempt-all.ts'

/** A SecureString of SSM Parameter Store, parsed. Without a name there is nothing to read. */
export interface Parameter<T> {
  readonly name: string
  /** @throws Error that does not show the text */
  readonly take: (text: string) => void
  /** The last good one. */
  readonly value: () => T | undefined
}

export const toParameter = <T>(name: string, parse: (text: string) => T): Parameter<T> => {
  let value: T | undefined
  return {
    name,
    take: (text) => {
      value = parse(text)
    },
    value: () => value,
  }
}

/** A value that was taken back stays good for so long. */
const maxAge = 300_000
/** A store that is down is not asked by every request that can go on without it. */
const pause = 10_000

/**
 * Reads all parameters with one request, now and whenever what is asked for is too old. It never fails: while the store
 * is down, or holds something that cannot be read, the last good value stays, if there is one.
 * @param patience milliseconds of the first read, retries included: INIT keeps a request waiting, too
 * @param isRequired nothing gets in without the values, so that each request asks while there are none
 */
export const openParameters = async (
  parameters: readonly Parameter<unknown>[],
  patience: number,
  isRequired: boolean,
  now: Date,
): Promise<(now: Date) => Promise<void>> => {
  const named = parameters.filter(({ name }) => name !== '')
  if (named.length === 0) return async () => undefined
  // Who names no secret does without the client's code.
  const { openParameterStore } = await import('./parameter-store.ts')
  const readParameters = openParameterStore()
  let [readAt, nextRead] = [now.getTime(), 0]

  const read = async (now: Date, patience: number): Promise<void> => {
    // Whoever asks meanwhile goes on with what is known, or without.
    if (!isRequired || named.every(({ value }) => value() !== undefined)) nextRead = now.getTime() + pause
    try {
      const texts = await readParameters(
        named.map(({ name }) => name),
        patience,
      )
      if (named.filter(({ name, take }) => !tryTake(take, texts.get(name), name)).length > 0) return
      readAt = now.getTime()
      nextRead = readAt + maxAge
    } catch (error) {
      logFailure('read the secrets', error)
    }
  }

  await read(now, patience)
  return async (now) => {
    // This is time that the answer's budget has not for the queue. A store that has been too slow for long is worth more of
    // it, or a secret that was taken back stays good.
    if (now.getTime() >= nextRead) await read(now, now.getTime() - readAt > 6 * maxAge ? 600 : 300)
  }
}

const tryTake = (take: (text: string) => void, text: string | undefined, name: string): boolean => {
  try {
    if (text === undefined) throw new Error('Cannot read a secret: found no such parameter, wanted a SecureString')
    take(text)
    return true
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : typeof error}: parameter ${name}`)
    return false
  }
}
