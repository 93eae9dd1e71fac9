import type {
  Cdr,
  Disposition,
  FailureCode,
  FoldSettings,
  Instant,
  Leg,
  Party,
  Problem,
  Scenario,
  Source,
  StatusEvent,
} from './call.ts'
import { isTwoParty } from './call.ts'
import { type Fact, readFact } from './fact.ts'
import { groupBy } from './group-by.ts'
import { toSortedJson } from './json.ts'
import { sourceOf, sources } from './source.ts'

/** All facts of one session, folded into what is known of it. Times are instants, durations seconds. */
export interface Call {
  readonly callId: string
  readonly source: Source
  /** The number of facts: it rises with every new one and with nothing else. */
  readonly revision: number
  /** Rises when the same facts give another call. */
  readonly edition: number
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
export const toEvents = (callId: string, facts: readonly Fact[], settings: FoldSettings): readonly CallEvent[] => {
  const { read } = sources[sourceOf(callId)]
  const distinct = [...new Map(facts.map((fact) => [fact.name, fact])).values()]
  const events = distinct.map((fact): CallEvent => {
    const told = read(readFact(fact), settings)
    return { fact, told, at: told.kind === 'cdr' ? told.endedAt : told.at }
  })

  // The earliest of each number is set last and stays.
  const onLegs = events.flatMap(({ told, at = never }) => (isOnLeg(told) ? [{ number: told.number, at }] : []))
  const firstRung = new Map(onLegs.sort((a, b) => b.at - a.at).map(({ number, at }) => [number, at]))
  const place = ({ told, at = never }: CallEvent): Place => {
    const rank = told.kind === 'cdr' ? order.length : order.indexOf(told.event)
    const rung = isOnLeg(told) ? firstRung.get(told.number) : undefined
    return [at, rung ?? (rank === 0 ? 0 : never), rank]
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

/** Raise it by one in the same commit that makes the fold or the record give other content for the same facts. */
const edition = 1

/**
 * Gives the same call for every order and any repetition of the same facts. Where CDR and status events differ, the
 * CDR counts; of several CDRs the one with the latest end, ties by content.
 */
export const foldCall = (callId: string, facts: readonly Fact[], settings: FoldSettings): Call => {
  const source = sourceOf(callId)
  const events = toEvents(callId, facts, settings)
  const told = events.map((event) => event.told)
  const statusEvents = told.filter((event) => event.kind === 'status-event')
  const cdrs = events
    .flatMap(({ told, fact }) => (told.kind === 'cdr' ? [{ cdr: told, end: told.endedAt ?? 0, text: fact.text }] : []))
    .sort((a, b) => a.end - b.end || compare(a.text, b.text))
  const cdr = cdrs.at(-1)?.cdr

  const isTold = cdr !== undefined && tells(cdr)
  // A record has room for some alone: what nothing else in it shows comes first.
  const problems = [
    ...toDifferentCdrs(cdrs.map(({ cdr }) => cdr)),
    ...(isTold ? toDifferentAnswers(cdr, statusEvents) : []),
    ...(cdr?.problems ?? []),
    ...statusEvents.flatMap((event) => event.problems),
  ]

  const disconnects = statusEvents.filter(({ event }) => event === 'disconnect')
  const endedAt = cdr?.endedAt ?? disconnects.findLast(({ at }) => at !== undefined)?.at
  const codes = [...(cdr?.codes ?? []), ...statusEvents.flatMap((event) => event.codes)]
  const collected = statusEvents.flatMap((event) => event.digits ?? [])

  const legs = joinLegs(cdr?.legs ?? [], toLegs(statusEvents)).map((leg) =>
    timeLeg(leg, endedAt, isTold, sources[source].billsMinutes, problems),
  )
  const scenario = toScenario(cdr, statusEvents, legs)
  const { main, answering, decidingParty } = toRoles(scenario, legs)

  const isDecided = cdr !== undefined || disconnects.length > 0 || scenario !== 'unknown'
  // One answered leg and a code that says nobody answered: this was leg A of a call of two parties.
  const isContradicted = scenario === 'unknown' && codes.some(({ excludesAnswer }) => excludesAnswer)
  const talk = isDecided && !isContradicted ? answering : undefined
  const disposition =
    talk?.answeredAt === undefined
      ? toDisposition(
          codes.filter(({ party, excludesAnswer }) =>
            isTold ? (party ?? decidingParty) === decidingParty : excludesAnswer,
          ),
          isTold,
          main,
        )
      : 'answered'
  const stoppedRinging = main?.answeredAt ?? (disposition === undefined ? undefined : endedAt)
  return {
    callId,
    source,
    revision: events.length,
    edition: edition + settings.edition,
    scenario,
    disposition,
    startedAt: legs.find(({ party }) => party === 'A')?.startedAt,
    ringingAt: main?.ringingAt,
    answeredAt: main?.answeredAt,
    endedAt,
    ringSeconds: secondsBetween('ring time', main?.ringingAt, stoppedRinging, problems),
    talkSeconds: talk?.seconds,
    legs,
    digits: cdr?.digits ?? (collected.length > 0 ? collected.join('-') : undefined),
    userData: cdr?.userData ?? statusEvents.find((event) => event.userData !== undefined)?.userData,
    codes,
    cdr,
    problems,
  }
}

/** A CDR tells how its call went by a time of a leg, or by a code that is given for unanswered calls alone. */
const tells = ({ legs, codes }: Cdr): boolean =>
  legs.some(hasStarted) ||
  codes.some(
    ({ name, disposition, isWeak, excludesAnswer }) =>
      excludesAnswer || ((name === 'q850' || name === 'sip') && disposition !== undefined && !isWeak),
  )

/** A CDR without any time of a leg differs from no status event, so the times are theirs. */
const joinLegs = (ofCdr: readonly Leg[], ofEvents: readonly Leg[]): readonly Leg[] => {
  if (ofCdr.some(hasStarted)) return ofCdr
  return (['A', 'B'] as const).flatMap((party) => {
    const told = ofCdr.find((leg) => leg.party === party)
    const seen = ofEvents.find((leg) => leg.party === party)
    if (told === undefined || seen === undefined) return told ?? seen ?? []
    const { number = seen.number, displayNumber = seen.displayNumber, isAnswerKnown, cause } = told
    return { ...seen, number, displayNumber, isAnswerKnown, cause }
  })
}

const toDifferentCdrs = (cdrs: readonly Cdr[]): readonly Problem[] => {
  const different = cdrs.length > 1 ? new Set(cdrs.map(({ received }) => toSortedJson(received))).size : 1
  if (different === 1) return []
  const message = `found ${different} different CDRs, wanted one; the one with the latest end counts`
  return [{ code: 'several-cdrs', message }]
}

/**
 * More answers in status events than legs that can have given them, or one on the number of a leg that the CDR tells was not
 * answered: either may be wrong, and whoever bills by the call has to know. Fewer in the events say nothing, since events
 * get lost. One event may come in two forms, so what is counted is the numbers and the times of answers.
 */
const toDifferentAnswers = ({ scenario, legs }: Cdr, events: readonly StatusEvent[]): readonly Problem[] => {
  const answers = events.filter(({ event }) => event === 'answer')
  const numbers = new Set(answers.flatMap(({ number }) => number ?? []))
  const times = new Set(answers.flatMap(({ at }) => at ?? []))
  const hasTwoAnswers = scenario === 'call-back' || scenario === undefined
  const found = Math.min(Math.max(numbers.size, times.size, answers.length > 0 ? 1 : 0), hasTwoAnswers ? 2 : 1)
  // Where there is no time of any leg, codes tell that nobody answered the call, which A may have done all the same.
  const tellsOfA = legs.some(hasStarted) || !hasTwoAnswers
  const isDenied = ({ party, answeredAt, isAnswerKnown }: Leg) =>
    answeredAt === undefined && isAnswerKnown && (party === 'B' || tellsOfA)
  const denied = legs.filter(isDenied).flatMap(({ number }) => number ?? [])
  const others = legs.filter((leg) => !isDenied(leg))
  const isOfDenied = (number: string) => denied.includes(number) && others.every((leg) => leg.number !== number)
  if (found <= others.length && ![...numbers].some(isOfDenied)) return []
  const message = `answered legs: found ${found} in status events and at most ${others.length} in the CDR, wanted the same ones`
  return [{ code: 'events-differ', message }]
}

/**
 * `main` is the leg whose times are the call's: B once it was rung, else A. `answering` is the one whose answer makes
 * the call answered: the same, but none in a call of two parties whose B was never rung. `decidingParty` is the one
 * whose Q.850 cause tells why nobody answered: B once A is on the line.
 */
const toRoles = (scenario: Scenario, legs: readonly TimedLeg[]) => {
  const a = legs.find(({ party }) => party === 'A')
  const b = legs.find(({ party }) => party === 'B')
  const isBRung = b !== undefined && (hasStarted(b) || !b.isAnswerKnown)
  const main = isBRung ? b : a
  const needsB = isTwoParty(scenario)
  const isAOnTheLine = a?.answeredAt !== undefined || scenario === 'private-number'
  const decidingParty: Party = isBRung || (needsB && isAOnTheLine) ? 'B' : 'A'
  return { main, answering: needsB && !isBRung ? undefined : main, decidingParty }
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

/** Minutes by the vendor's rule: each started one counts, leg by leg; a leg that is told to be unanswered has none. */
const timeLeg = (
  leg: Leg,
  endedAt: Instant | undefined,
  isTold: boolean,
  isBilled: boolean,
  problems: Problem[],
): TimedLeg => {
  const seconds = secondsBetween(`leg ${leg.party}`, leg.answeredAt, endedAt, problems)
  const unanswered = isTold && leg.isAnswerKnown && leg.answeredAt === undefined ? 0 : undefined
  const minutes = seconds === undefined ? unanswered : Math.ceil(seconds / 60)
  return { ...leg, seconds, billableMinutes: isBilled ? minutes : undefined }
}

/**
 * The legs that status events tell of: the platform rings A first, and each leg by another number. An event without a
 * number belongs to the only leg there is; of two legs it could be either's, so it tells of none.
 */
const toLegs = (events: readonly StatusEvent[]): readonly Leg[] => {
  const calledIn = events.find(({ event }) => event === 'callin')
  const onLegs = events.filter(isOnLeg)
  const byNumber = groupBy(
    onLegs.filter(({ number }) => number !== undefined),
    ({ number }) => number,
  )
  const groups = byNumber.size > 1 ? [...byNumber.values()] : splitLegs(onLegs)
  const rung = groups.map(toRungLeg).sort(byFirstRung)
  if (calledIn === undefined) return rung.slice(0, 2).map((leg, index) => ({ ...leg, party: index === 0 ? 'A' : 'B' }))
  const caller = { ...toRungLeg([]), number: calledIn.number, startedAt: calledIn.at }
  return [caller, ...rung.slice(0, 1).map((leg) => ({ ...leg, party: 'B' as const }))]
}

/** Events on one number are one leg's, or both legs' where one of their kinds comes twice: A's first, then B's. */
const splitLegs = (events: readonly StatusEvent[]): readonly (readonly StatusEvent[])[] => {
  const byKind = (['callout', 'alerting', 'answer'] as const).map((kind) =>
    events.filter(({ event }) => event === kind),
  )
  if (byKind.every((same) => same.length < 2)) return events.length === 0 ? [] : [events]
  // What comes once is B's if it comes after B was called, or after an answer, which then was A's.
  const [, calledB] = events.filter(({ event }) => event === 'callout')
  const since = calledB?.at ?? events.find(({ event }) => event === 'answer')?.at ?? never
  const isBs = ({ at = 0 }: StatusEvent) => at > since
  return [
    byKind.flatMap((same) => (same.length > 1 ? same.slice(0, 1) : same.filter((event) => !isBs(event)))),
    byKind.flatMap((same) => (same.length > 1 ? same.slice(1, 2) : same.filter(isBs))),
  ]
}

const toRungLeg = (events: readonly StatusEvent[]): Leg => {
  const first = (kind: StatusEvent['event']) => events.find(({ event }) => event === kind)?.at
  const named = events.find(({ number }) => number !== undefined)
  return {
    party: 'A',
    number: named?.number,
    displayNumber: named?.displayNumber,
    startedAt: first('callout'),
    ringingAt: first('alerting'),
    answeredAt: first('answer'),
    isAnswerKnown: true,
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

/**
 * How the network says that a call ended which nobody answered: by Q.850 first, then SIP, then the platform's own codes.
 * With status events alone, a missing answer proves nothing, since status events get lost: then only a code tells.
 */
const toDisposition = (
  codes: readonly FailureCode[],
  isTold: boolean,
  main: Leg | undefined,
): Disposition | undefined => {
  const names: readonly FailureCode['name'][] = ['q850', 'sip', 'stateCode', 'ulFailReason', 'releaseReason']
  const inOrder = names.flatMap((name) => codes.filter((code) => code.name === name && code.disposition !== undefined))
  const strong = inOrder.find(({ isWeak }) => !isWeak)
  if (strong) return strong.disposition
  if (!isTold || main?.isAnswerKnown === false) return undefined
  if (inOrder[0]) return inOrder[0].disposition
  return main?.ringingAt !== undefined && main.answeredAt === undefined ? 'no-answer' : 'failed'
}
