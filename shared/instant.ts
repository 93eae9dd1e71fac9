import type { Instant } from './call.ts'

/**
 * An ISO 8601 time in UTC with milliseconds (`2026-01-27T10:00:00.000Z`), or `undefined` for one that is in no calendar:
 * Date.parse takes 30 February for 2 March, so the way back has to lead to the same text.
 */
export const toInstant = (iso: string): Instant | undefined => {
  const instant = Date.parse(iso)
  return Number.isNaN(instant) || new Date(instant).toISOString() !== iso ? undefined : instant
}
