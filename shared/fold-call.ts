import type { Cdr, Disposition, FailureCode, Instant, Leg, Problem, Scenario, Source, StatusEvent } from './call.ts'
import { type Fact, readFact } from './fact.ts'
import { sourceOf, sources } from './source.ts'

/** All facts of one session, folded into what is known of it. Times are instants, durations seconds. */
export interface Call {
  readonly callId: string
  readonly source: Source
  /** The number of facts: it rises with every new one and with nothing else. */
  readonly revision: number
  readonly scenario: Scenario
  /** `undefined` where the facts do not tell. */
  readonly disposition: Disposition | undefined
  readonly startedAt: Instant | undefined
  readonly ringingAt: Instant | undefined
  readonly answeredAt: Instant | undefined
  readonly endedAt: Instant | undefined
  readonly ringSeconds: number | undefined
  readonly talkSeconds: number | undefined
  readonly legs: readonly TimedLeg[]
  readonly digits: string | undefined
  readonly userData: string | undefined
  readonly codes: readonly FailureCode[]
  /** The CDR that counts; without one, all else comes from the status events. */
  readonly cdr: Cdr | undefined
  readonly problems: readonly Problem[]
}

export interface TimedLeg extends Leg {
  /** Answered to ended. */
  readonly seconds: number | undefined
  readonly billableMinutes: number | undefined
}

/** One fact in the words of this project, with the name that sets it apart. */
export interface CallEvent {
  readonly fact: Fact
  readonly told: StatusEvent | Cdr
  readonly at: Instant | undefined
}

/**
 * The facts of a call in the order in which they happened; those without a time stand last. Whole seconds hide the
 * order within one: there, the leg that was rung first comes first, and then what comes first in a call.
 */
export const toEvents = (callId: string, facts: readonly Fact[]): readonly CallEvent[] => {
  const { read } = sources[sourceOf(callId)]
  const distinct = [...new Map(facts.map((fact) => [fact.name, fact])).values()]
  const events = distinct.map((fact): CallEvent => {
    const told = read(readFact(fact))
    return { fact, told, at: told.kind === 'cdr' ? told.endedAt : told.at }
  })

  const onLegs = events.flatMap(({ told, at = never }) => (isOnLeg(told) ? [{ number: told.number, at }] : []))
  const firstRung = (number: string | undefined) =>
    Math.min(...onLegs.filter((event) => event.number === number).map(({ at }) => at))
  const place = ({ told, at = never }: CallEvent): Place => {
    const rank = told.kind === 'cdr' ? order.length : order.indexOf(told.event)
    return [at, isOnLeg(told) ? firstRung(told.number) : rank === 0 ? 0 : never, rank]
  }
  return events
    .map((event) => ({ event, place: place(event) }))
    .sort((a, b) => comparePlaces(a.place, b.place) || compare(a.event.fact.name, b.event.fact.name))
    .map(({ event }) => event)
}

/** Later than any other. */
const never = Number.MAX_VALUE

const order: readonly StatusEvent['event'][] = [
  'callin',
  'callout',
  'alerting',
  'answer',
  'collect',
  'other',
  'disconnect',
]

const isOnLeg = (told: StatusEvent | Cdr): told is StatusEvent =>
  told.kind === 'status-event' && (told.event === 'callout' || told.event === 'alerting' || told.event === 'answer')

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Compared number by number, the first that differs decides. */
type Place = readonly [number, number, number]
const comparePlaces = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]

/**
 * Gives the same call for every order and any repetition of the same facts. Where CDR and status events differ, the
 * CDR counts; of several CDRs the one with the latest end, ties by content.
 */
export const foldCall = (callId: string, facts: readonly Fact[]): Call => {
  const events = toEvents(callId, facts)
  const told = events.map((event) => event.told)
  const statusEvents = told.filter((event) => event.kind === 'status-event')
  const cdrs = events
    .flatMap(({ told, fact }) => (told.kind === 'cdr' ? [{ cdr: told, end: told.endedAt ?? 0, text: fact.text }] : []))
    .sort((a, b) => a.end - b.end || compare(a.text, b.text))
  const cdr = cdrs.at(-1)?.cdr

  const problems = [...(cdr?.problems ?? []), ...statusEvents.flatMap((event) => event.problems)]
  if (cdrs.length > 1)
    problems.push({
      code: 'several-cdrs',
      message: `found ${cdrs.length} different CDRs, wanted one; the one with the latest end counts`,
    })

  const disconnect = statusEvents.findLast((event) => event.event === 'disconnect')
  const endedAt = cdr?.endedAt ?? disconnect?.at
  const hasEnded = cdr !== undefined || disconnect !== undefined
  const legs = (cdr?.legs ?? toLegs(statusEvents)).map((leg) => timeLeg(leg, endedAt, cdr !== undefined, problems))
  const codes = [...(cdr?.codes ?? []), ...statusEvents.flatMap((event) => event.codes)]
  const collected = statusEvents.flatMap((event) => event.digits ?? [])
  const scenario = toScenario(cdr, statusEvents, legs)

  // The leg whose times are the call's: B once it is rung. It is also the one that decides whether the call was
  // answered, but for a call of two parties whose B was never rung: that call nobody answered.
  const a = legs.find((leg) => leg.party === 'A')
  const b = legs.find((leg) => leg.party === 'B')
  const main = b && hasStarted(b) ? b : a
  const needsB = scenario === 'call-back' || scenario === 'private-number'
  const isDecided = hasEnded || scenario !== 'unknown'
  const talk = isDecided && !(needsB && main?.party === 'A') && !isContradicted(cdr, scenario, codes) ? main : undefined
  const isAnswered = talk?.answeredAt !== undefined
  return {
    callId,
    source: sourceOf(callId),
    revision: events.length,
    scenario,
    disposition: isAnswered ? 'answered' : toDisposition(cdr, main, codes),
    startedAt: a?.startedAt,
    ringingAt: main?.ringingAt,
    answeredAt: main?.answeredAt,
    endedAt,
    ringSeconds: secondsBetween('ring time', main?.ringingAt, main?.answeredAt ?? endedAt, problems),
    talkSeconds: talk?.seconds,
    legs,
    digits: cdr?.digits ?? (collected.length > 0 ? collected.join('-') : undefined),
    userData: cdr?.userData ?? statusEvents.find((event) => event.userData !== undefined)?.userData,
    codes,
    cdr,
    problems,
  }
}

const hasStarted = (leg: Leg): boolean =>
  leg.startedAt !== undefined || leg.ringingAt !== undefined || leg.answeredAt !== undefined

const secondsBetween = (
  what: string,
  from: Instant | undefined,
  to: Instant | undefined,
  problems: Problem[],
): number | undefined => {
  if (from === undefined || to === undefined) return undefined
  if (to >= from) return (to - from) / 1000
  problems.push({
    code: 'negative-duration',
    message: `${what}: found ${(to - from) / 1000} seconds, wanted 0 or more; it is left out`,
  })
  return undefined
}

/** Minutes by the vendor's rule: each started one counts, leg by leg; a leg that its CDR calls unanswered has none. */
const timeLeg = (leg: Leg, endedAt: Instant | undefined, hasCdr: boolean, problems: Problem[]): TimedLeg => {
  const seconds = secondsBetween(`leg ${leg.party}`, leg.answeredAt, endedAt, problems)
  const unanswered = hasCdr && leg.answeredAt === undefined ? 0 : undefined
  return { ...leg, seconds, billableMinutes: seconds === undefined ? unanswered : Math.ceil(seconds / 60) }
}

/** The legs that status events tell of: the platform rings A first, and each leg by another number. */
const toLegs = (events: readonly StatusEvent[]): readonly Leg[] => {
  const calledIn = events.find(({ event }) => event === 'callin')
  const onLegs = events.filter(isOnLeg)
  const numbers = [...new Set(onLegs.map((event) => event.number))]
  const byNumber = numbers.map((number) => onLegs.filter((event) => event.number === number))
  const groups =
    byNumber.length === 1 && onLegs.filter(({ event }) => event === 'callout').length > 1
      ? [nthOfEach(onLegs, 0), nthOfEach(onLegs, 1)]
      : byNumber
  const rung = groups.map(toRungLeg).sort(byFirstRung)
  if (calledIn === undefined) return rung.slice(0, 2).map((leg, index) => ({ ...leg, party: index === 0 ? 'A' : 'B' }))
  const caller = { ...toRungLeg([]), number: calledIn.number, startedAt: calledIn.at }
  return [caller, ...rung.slice(0, 1).map((leg) => ({ ...leg, party: 'B' as const }))]
}

/** Where both legs have one number, the first event of each kind is leg A's and the second leg B's. */
const nthOfEach = (events: readonly StatusEvent[], index: number): readonly StatusEvent[] =>
  (['callout', 'alerting', 'answer'] as const).flatMap((kind) =>
    events.filter(({ event }) => event === kind).slice(index, index + 1),
  )

const toRungLeg = (events: readonly StatusEvent[]): Leg => {
  const first = (kind: StatusEvent['event']) => events.find(({ event }) => event === kind)?.at
  return {
    party: 'A',
    number: events[0]?.number,
    displayNumber: events[0]?.displayNumber,
    startedAt: first('callout'),
    ringingAt: first('alerting'),
    answeredAt: first('answer'),
    cause: undefined,
  }
}

/** B is rung once A has answered, so of two legs that were rung in the same second the one answered first is A. */
const byFirstRung = (a: Leg, b: Leg): number => {
  const place = ({ startedAt, ringingAt = never, answeredAt = never }: Leg): Place => [
    startedAt ?? Math.min(ringingAt, answeredAt),
    answeredAt,
    ringingAt,
  ]
  return comparePlaces(place(a), place(b)) || compare(String(a.number), String(b.number))
}

/** Only a notification collects keys, only a call of two parties tells who hung up. */
const toScenario = (cdr: Cdr | undefined, events: readonly StatusEvent[], legs: readonly Leg[]): Scenario => {
  const collects = events.some(({ event }) => event === 'collect')
  if (cdr?.scenario === 'playback' && collects) return 'notification'
  if (cdr?.scenario !== undefined) return cdr.scenario
  if (events.some(({ event }) => event === 'callin')) return 'private-number'
  if (legs.length > 1 || events.some(({ hungUpBy }) => hungUpBy !== undefined)) return 'call-back'
  return collects ? 'notification' : 'unknown'
}

/** One answered leg and no more: a code that says nobody answered means that this was leg A of a call-back. */
const isContradicted = (cdr: Cdr | undefined, scenario: Scenario, codes: readonly FailureCode[]): boolean =>
  cdr === undefined &&
  scenario === 'unknown' &&
  codes.some(({ disposition }) => disposition !== undefined && disposition !== 'failed')

/**
 * How the network says that a call ended which nobody answered: Q.850 first, then SIP, then the platform's own codes.
 * With no CDR, a missing answer proves nothing (status events get lost), so only a code can settle it.
 */
const toDisposition = (
  cdr: Cdr | undefined,
  main: Leg | undefined,
  codes: readonly FailureCode[],
): Disposition | undefined => {
  const ofMain = codes.filter(({ party }) => party === undefined || party === main?.party)
  const names: readonly FailureCode['name'][] = ['q850', 'sip', 'stateCode', 'ulFailReason']
  for (const name of names) {
    const settled = ofMain.find((code) => code.name === name && code.disposition !== undefined)?.disposition
    if (settled !== undefined) return settled
  }
  if (cdr === undefined) return undefined
  if (ofMain.some(({ name, value }) => name === 'q850' && value === 16)) return 'canceled'
  return main?.ringingAt !== undefined && main.answeredAt === undefined ? 'no-answer' : 'failed'
}
