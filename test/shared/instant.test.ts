import { expect, test } from 'vitest'
import { toInstant, toIso } from '../../shared/instant.ts'

test('a time of the calendar is an instant, and no other text is', () => {
  expect(toInstant('2024-02-29T23:59:59.999Z')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59, 999))
  for (const none of [
    '2026-02-29T00:00:00.000Z',
    '2026-04-31T00:00:00.000Z',
    '2026-01-27T24:00:00.000Z',
    '2026-01-27',
    'x',
  ])
    expect(toInstant(none), none).toBeUndefined()
})

test('an instant is written as it is read, unless its year has not four digits', () => {
  for (const text of ['0000-01-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])
    expect(toIso(toInstant(text))).toBe(text)
  for (const text of ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])
    expect(toIso((toInstant(text) ?? 0) + (text.startsWith('0') ? -1 : 1))).toBeUndefined()
  expect(toIso(undefined)).toBeUndefined()
})
