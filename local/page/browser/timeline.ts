import type { CallRecord } from '../../../contract/call-record.ts'
import { toDuration } from './format.ts'

/** A stretch of a leg, in percent of the whole. */
export interface Bar {
  readonly kind: 'dial' | 'ring' | 'talk'
  readonly left: number
  readonly width: number
  readonly seconds: number
}

export interface Moment {
  readonly name: 'start' | 'ring' | 'answer' | 'end'
  readonly left: number
  /** Seconds after the start of the call. */
  readonly seconds: number
}

export interface Lane {
  readonly party: 'A' | 'B'
  readonly number: string
  readonly bars: readonly Bar[]
  readonly moments: readonly Moment[]
}

export interface Timeline {
  readonly lanes: readonly Lane[]
  readonly ticks: readonly { readonly left: number; readonly label: string }[]
  readonly seconds: number
  /** The call has not ended, so its last bars end where nothing more is known. */
  readonly isOpen: boolean
}

const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]

const mostTicks = 6

/** The legs of a call to scale on one axis; `undefined` where no time is known. */
export const toTimeline = ({ legs, endedAt }: Pick<CallRecord, 'legs' | 'endedAt'>): Timeline | undefined => {
  const end = toTime(endedAt)
  const known = legs.flatMap((leg) => [leg.startedAt, leg.ringingAt, leg.answeredAt].flatMap((at) => toTime(at) ?? []))
  if (known.length === 0) return undefined
  const start = Math.min(...known)
  const last = Math.max(...known, end ?? start)
  // A call that has only begun shows a second, so that its start is seen.
  const seconds = Math.max(1, (last - start) / 1000)
  const toLeft = (at: number) => (at - start) / 10 / seconds
  const step = steps.find((one) => seconds / one <= mostTicks) ?? seconds

  return {
    seconds,
    isOpen: end === undefined,
    ticks: Array.from({ length: Math.floor(seconds / step) + 1 }, (_, n) => ({
      left: (n * step * 100) / seconds,
      label: n === 0 ? '0' : toDuration(n * step),
    })),
    lanes: legs.map((leg): Lane => {
      const [started, rang, answered] = [toTime(leg.startedAt), toTime(leg.ringingAt), toTime(leg.answeredAt)]
      const bar = (kind: Bar['kind'], from: number | undefined, to: number | undefined): readonly Bar[] =>
        from === undefined || to === undefined || to < from
          ? []
          : [{ kind, left: toLeft(from), width: toLeft(to) - toLeft(from), seconds: (to - from) / 1000 }]
      const moment = (name: Moment['name'], at: number | undefined): readonly Moment[] =>
        at === undefined ? [] : [{ name, left: toLeft(at), seconds: (at - start) / 1000 }]
      return {
        party: leg.party,
        number: leg.number ?? '?',
        bars: [
          ...bar('dial', started, rang ?? answered ?? last),
          ...bar('ring', rang, answered ?? last),
          ...bar('talk', answered, last),
        ],
        moments: [
          ...moment('start', started),
          ...moment('ring', rang),
          ...moment('answer', answered),
          ...moment('end', end),
        ],
      }
    }),
  }
}

const toTime = (iso: string | undefined): number | undefined => (iso === undefined ? undefined : Date.parse(iso))

/** What a lane shows, for those who hear it. */
export const toSentence = ({ party, number, moments }: Lane): string =>
  `Leg ${party}, ${number}: ${moments.map(({ name, seconds }) => `${name} at ${toDuration(seconds)}`).join(', ')}`
