import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toBatches } from '../../shared/batches.ts'
import { runs } from '../random.ts'

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)
const same = (size: number) => size

test('fills each batch up to its limits', () => {
  const cases: readonly [
    what: string,
    sizes: readonly number[],
    maxEntries: number,
    maxSize: number,
    batches: readonly (readonly number[])[],
  ][] = [
    ['nothing', [], 10, 10, []],
    ['one', [1], 10, 10, [[1]]],
    ['exactly as many', [1, 2, 3], 3, 99, [[1, 2, 3]]],
    ['one too many', [1, 2, 3, 4], 3, 99, [[1, 2, 3], [4]]],
    ['exactly as large', [4, 6], 10, 10, [[4, 6]]],
    ['one too large', [4, 7], 10, 10, [[4], [7]]],
    ['size counted anew in each batch', [4, 6, 4, 6, 1], 10, 10, [[4, 6], [4, 6], [1]]],
    ['both limits in turn', [1, 1, 9, 1, 1, 1], 2, 9, [[1, 1], [9], [1, 1], [1]]],
    ['an entry over the limit between others', [3, 11, 3, 3], 10, 10, [[3], [11], [3, 3]]],
    ['an entry over the limit first', [11, 0, 1], 10, 10, [[11], [0, 1]]],
    ['no size', [0, 0, 0], 10, 0, [[0, 0, 0]]],
    ['one each', [1, 1], 1, 10, [[1], [1]]],
  ]
  for (const [what, sizes, maxEntries, maxSize, batches] of cases)
    expect(toBatches(sizes, same, maxEntries, maxSize), what).toEqual(batches)
})

test('asks for the size of each entry once', () => {
  const asked: string[] = []
  const sizeOf = (entry: string) => asked.push(entry) && entry.length
  expect(toBatches(['aa', 'bbb', 'c'], sizeOf, 10, 5)).toEqual([['aa', 'bbb'], ['c']])
  expect(asked).toEqual(['aa', 'bbb', 'c'])
})

test('loses nothing, keeps the order and makes no batch that the one before had room for', () => {
  const positive = fc.integer({ min: 1, max: 12 })
  fc.assert(
    fc.property(fc.array(fc.nat(15)), positive, positive, (sizes, maxEntries, maxSize) => {
      const batches = toBatches(sizes, same, maxEntries, maxSize)
      expect(batches.flat()).toEqual(sizes)
      for (const [index, batch] of batches.entries()) {
        expect(batch.length).toBeLessThanOrEqual(maxEntries)
        expect(batch.length === 1 || sum(batch) <= maxSize).toBe(true)
        const [next] = batches[index + 1] ?? []
        if (next !== undefined) expect(batch.length === maxEntries || sum(batch) + next > maxSize).toBe(true)
      }
    }),
    runs(100),
  )
})
