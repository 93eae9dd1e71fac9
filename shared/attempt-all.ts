/**
 * As many as an AWS client tries again at once, by its 500 tokens of 14: all connections may turn out to be closed at once. More
 * requests at a time are no quicker.
 */
const limit = 35

/**
 * Runs a step for every entry, many at once, and parts the results, in the order in which they
 * came, from the entries whose step failed.
 * A failure is logged by the name of its error alone: messages of clients may quote what they were sent. So an entry must not be told by its id,
 * which may hold phone numbers, but by its hash.
 */
export const attemptAll = async <T, R>(
  toWhat: (entry: T) => string,
  entries: readonly T[],
  step: (entry: T) => Promise<R>,
): Promise<{ done: readonly R[]; failed: readonly T[] }> => {
  const done: R[] = []
  const failed: T[] = []
  const queue = entries.values()
  const worker = async () => {
    for (const entry of queue) {
      try {
        done.push(await step(entry))
      } catch (error) {
        logFailure(toWhat(entry), error)
        failed.push(entry)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, worker))
  return { done, failed }
}

export const logFailure = (what: string, error: unknown): void => {
  console.error(`Cannot ${what}: ${error instanceof Error ? toName(error) : typeof error}`)
}

/** Only its code, such as ECONNREFUSED, says what a system's error is. */
const toName = (error: Error) => ('code' in error && error.name === 'Error' ? String(error.code) : error.name)
