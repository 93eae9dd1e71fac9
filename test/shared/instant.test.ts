import { expect, test } from 'vitest'
import { toInstant } from '../../shared/instant.ts'

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
