import type { Instant } from './call.ts'

/**
 * An ISO 8601 time in UTC with milliseconds (`2026-01-27T10:00:00.000Z`), or `undefined` for one that is in no calendar:
 * Date.parse takes 30 February for 2 March, so the way back has to lead to the same text.
 */
export const toInstant = (iso: string): Instant | undefined => {
  const instant = Date.parse(iso)
  return Number.isNaN(instant) || new Date(instant).toISOString() !== iso ? undefined : instant
}

/**
 * An instant as ISO 8601 in UTC with milliseconds, the inverse of `toInstant`; `undefined` for one outside the years 0000
 * to 9999, which takes more digits than other programs read: a zone or a number of days added to a received time leads there.
 */
export const toIso = (instant: Instant | undefined): string | undefined => {
  if (instant === undefined) return undefined
  const text = new Date(instant).toISOString()
  return text.length === '2026-01-27T10:00:00.000Z'.length ? text : undefined
}
