import { expect, test } from 'vitest'
import { groupBy } from '../../shared/group-by.ts'

test('entries stand under their keys, in their order', () => {
  const groups = groupBy(['b1', 'a1', 'b2', 'c1'], (entry) => entry[0])
  expect([...groups]).toEqual([
    ['b', ['b1', 'b2']],
    ['a', ['a1']],
    ['c', ['c1']],
  ])
  expect([...groupBy([], () => 1)]).toEqual([])
})
