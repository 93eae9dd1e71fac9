/** Entries in their order, in as few batches as the limits allow; an entry over `maxSize` is a batch of its own. */
export const toBatches = <T>(
  entries: readonly T[],
  sizeOf: (entry: T) => number,
  maxEntries: number,
  maxSize: number,
): readonly (readonly T[])[] => {
  const batches: T[][] = []
  let size = 0
  for (const entry of entries) {
    const batch = batches.at(-1)
    const entrySize = sizeOf(entry)
    if (batch && batch.length < maxEntries && size + entrySize <= maxSize) {
      batch.push(entry)
      size += entrySize
    } else {
      batches.push([entry])
      size = entrySize
    }
  }
  return batches
}
