import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { type Item, toItemSize, toWriteUnits } from '../../bench/cost/write-units.ts'

test.each<[value: AttributeValue, bytes: number]>([
  [{ S: '' }, 0],
  [{ S: 'é键😀' }, 2 + 3 + 4],
  [{ N: '7' }, 2],
  [{ N: '1777284000' }, 6],
  [{ N: '-12.5' }, 3],
  [{ BOOL: true }, 1],
  [{ NULL: true }, 1],
  [{ L: [{ S: 'ab' }, { N: '1' }] }, 3 + 3 + 3],
  [{ M: { ab: { S: 'c' } } }, 3 + 1 + 3],
])('%j takes %i bytes beside its name', (value, bytes) => {
  expect(toItemSize({ name: value })).toBe(4 + bytes)
})

test('a type that is not counted is told', () => {
  expect(() => toItemSize({ a: { SS: ['x'] } })).toThrow(
    'Cannot size the attribute: found SS, wanted S, N, BOOL, NULL, L or M',
  )
})

const index = { keys: ['listing', 'listedAt', 'id'] }
const item = (bytes: number, listing?: string): Item => {
  const keys = { id: { S: '1' }, ...(listing && { listing: { S: listing }, listedAt: { S: '2' } }) }
  return { ...keys, x: { S: 'x'.repeat(bytes - 1 - toItemSize(keys)) } }
}

test.each<[what: string, before: Item | undefined, after: Item, table: number, index: number]>([
  ['a small new item', undefined, item(1024), 1, 0],
  ['one byte more', undefined, item(1025), 2, 0],
  ['the larger of before and after', item(3000), item(100), 3, 0],
  ['an item that comes into the index', item(100), item(100, 'open'), 1, 1],
  ['one that stays where it is', item(900, 'open'), item(2000, 'open'), 2, 0],
  ['one that moves', item(900, 'open'), item(2000, 'ended'), 2, 2],
  ['one that leaves it', item(900, 'open'), item(900), 1, 1],
  ['one with a long key', undefined, item(3000, 'x'.repeat(1100)), 3, 2],
])('%s', (_, before, after, table, indexUnits) => {
  expect(toWriteUnits(before, after, index)).toEqual({ table, index: indexUnits })
  expect(toWriteUnits(before, after, index, true)).toEqual({ table: table * 2, index: indexUnits })
  expect(toWriteUnits(before, after, undefined).index).toBe(0)
})
