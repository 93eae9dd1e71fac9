const two = (part: number): string => String(part).padStart(2, '0')

/** A time in the zone of the reader, by how much of it tells it from now. */
export interface Clock {
  readonly form: 'time' | 'day' | 'year'
  /** `11-20`, of another year `2019-11-20`, of the same day nothing. */
  readonly day: string
  /** `14:03:09`, of another day `14:03`. */
  readonly time: string
}

export const toClock = (iso: string, now: Date): Clock => {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return { form: 'time', day: '', time: '–' }
  const { day, time } = toParts(at)
  if (at.toDateString() === now.toDateString()) return { form: 'time', day: '', time }
  const isThisYear = at.getFullYear() === now.getFullYear()
  return { form: isThisYear ? 'day' : 'year', day: isThisYear ? day.slice(-5) : day, time: time.slice(0, 5) }
}

/** `14:03:09`, of another day than that one `2019-11-20 14:03:09`. */
export const toMoment = (iso: string, day?: Date): string => {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return '–'
  const parts = toParts(at)
  return day?.toDateString() === at.toDateString() ? parts.time : `${parts.day} ${parts.time}`
}

const toParts = (at: Date): { readonly day: string; readonly time: string } => ({
  day: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
  time: `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`,
})

/** `9 s`, `2:05`, `1:00:00`. */
export const toDuration = (seconds: number | undefined): string => {
  if (seconds === undefined) return '–'
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`
  const whole = Math.round(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

export const toBytes = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

export const toMilliseconds = (milliseconds: number): string =>
  milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`
