import type { CallRecord, FailureCodeRecord, LegRecord, Problem } from '../contract/call-record.ts'
import type { JsonObject } from './json.ts'

// What words a record may hold is the contract's to say.

/** The platform whose callbacks a call was told by. */
export type Source = CallRecord['source']

/** Whether a text can be an item's id: the table refuses any other one, and no retry helps. */
export const isKey = (text: string): boolean =>
  text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= maxKeyBytes

const maxKeyBytes = 2048

export type Scenario = CallRecord['scenario']

/** Calls that are answered when B answers. */
export const isTwoParty = (scenario: Scenario | undefined): boolean =>
  scenario === 'call-back' || scenario === 'private-number'

export type Disposition = NonNullable<CallRecord['disposition']>

/** A is the party that is rung first, B the one it is joined with. */
export type Party = LegRecord['party']

/** Something odd about the facts of a call. It never keeps the call from being recorded. */
export type { Problem } from '../contract/call-record.ts'

export type ProblemCode = Problem['code']

/** What decides, beside the facts, what a call's record says. Whoever changes one of them raises `edition`. */
export interface FoldSettings {
  /** Minutes by which AICC's times are ahead of UTC: its documents do not say in which zone they are. */
  readonly aiccUtcOffset: number
  /** How often the settings were changed, so that the same facts give another record. */
  readonly edition: number
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

export interface FailureCode {
  readonly name: FailureCodeRecord['name']
  readonly value: number
  readonly meaning: string
  /** The leg that a Q.850 cause belongs to. */
  readonly party: Party | undefined
  /** The platform's own words for it. */
  readonly text: string | undefined
  /** What the code alone says of a call that nobody answered. */
  readonly disposition: Disposition | undefined
  /** The disposition counts only where no other code has one. */
  readonly isWeak: boolean
  /** The code is given for calls alone that nobody answered; others may also follow an answer. */
  readonly excludesAnswer: boolean
}

export interface Leg {
  readonly party: Party
  readonly number: string | undefined
  readonly displayNumber: string | undefined
  readonly startedAt: Instant | undefined
  readonly ringingAt: Instant | undefined
  readonly answeredAt: Instant | undefined
  /** False where the record does not tell whether the leg was answered: its answer time cannot be read or must be missing. */
  readonly isAnswerKnown: boolean
  /** Q.850 cause of a leg that was not answered; absent for 0, "not applicable". */
  readonly cause: number | undefined
}

/** One status event in the words of this project. */
export interface StatusEvent {
  readonly kind: 'status-event'
  readonly event: 'callin' | 'callout' | 'alerting' | 'answer' | 'collect' | 'disconnect' | 'other'
  readonly at: Instant | undefined
  readonly number: string | undefined
  readonly displayNumber: string | undefined
  readonly digits: string | undefined
  readonly codes: readonly FailureCode[]
  /** Who hung up, as the platform says; it says so for calls of two parties only. */
  readonly hungUpBy: string | undefined
  readonly userData: string | undefined
  readonly problems: readonly Problem[]
}

/** A platform's own record of an ended call in the words of this project. */
export interface Cdr {
  readonly kind: 'cdr'
  /** `undefined` where the record does not tell. */
  readonly scenario: Exclude<Scenario, 'unknown'> | undefined
  readonly legs: readonly Leg[]
  readonly endedAt: Instant | undefined
  readonly failedAt: Instant | undefined
  readonly digits: string | undefined
  readonly recording: Recording | undefined
  readonly codes: readonly FailureCode[]
  readonly userData: string | undefined
  readonly appKey: string | undefined
  readonly received: JsonObject
  readonly problems: readonly Problem[]
}

export interface Recording {
  readonly fileName: string | undefined
  readonly directory: string | undefined
  readonly domain: string | undefined
  readonly url: string | undefined
  readonly startedAt: Instant | undefined
  /** How long the platform keeps the file, if it says so. */
  readonly keptDays: number | undefined
}
