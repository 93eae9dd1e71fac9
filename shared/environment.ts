import type { FoldSettings } from './call.ts'
import type { Publish } from './call-records-topic.ts'

export type Environment = { readonly [name: string]: string | undefined }

const wanted = (name: string, found: string | undefined, what: string) =>
  new Error(`Cannot start: found ${found ? `"${found}"` : 'nothing'} as environment variable ${name}, wanted ${what}`)

/** One required setting of a function. @throws Error naming the variable */
export const required = (environment: Environment, name: string): string => {
  const value = environment[name]
  if (value) return value
  throw wanted(name, value, 'it set as in serverless.yml')
}

/** A setting that may be left out; empty is the same. */
export const optional = (environment: Environment, name: string): string => environment[name] ?? ''

/** The name of an SSM parameter, or nothing. @throws Error naming the variable and what it is */
export const parameterName = (environment: Environment, name: string): string => {
  const value = optional(environment, name)
  if (value === '' || /^\/[\w./-]+$/.test(value)) return value
  throw wanted(name, value, 'the name of an SSM parameter, beginning with /')
}

/** @throws Error naming the variable, what it is and what it may be */
export const oneOf = <T extends string>(environment: Environment, name: string, choices: readonly T[]): T => {
  const choice = choices.find((value) => value === environment[name])
  if (choice) return choice
  throw wanted(name, environment[name], `one of ${choices.join(', ')}`)
}

/** An offset from UTC such as `+08:00`, in minutes. @throws Error naming the variable and what it is */
const utcOffset = (environment: Environment, name: string): number => {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(environment[name] ?? '') ?? []
  if (Number(hours) < 15 && Number(minutes) < 60) return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes))
  throw wanted(name, environment[name], 'an offset from UTC such as +08:00')
}

/** What all functions that fold calls have to agree about. */
export const foldSettings = (environment: Environment): FoldSettings => ({
  aiccUtcOffset: utcOffset(environment, 'AICC_UTC_OFFSET'),
  edition: wholeNumber(environment, 'EDITION', 0),
})

/** What the function that stores has to know beyond that. */
export interface StoreSettings extends FoldSettings {
  readonly publish: Publish
}

export const storeSettings = (environment: Environment): StoreSettings => ({
  ...foldSettings(environment),
  publish: oneOf(environment, 'PUBLISH', ['ended', 'every-revision']),
})

/** What the sweep has to know beyond that. */
export interface SweepSettings extends FoldSettings {
  /** How many workers may run at once. */
  readonly workerConcurrency: number
}

export const sweepSettings = (environment: Environment): SweepSettings => ({
  ...foldSettings(environment),
  workerConcurrency: wholeNumber(environment, 'WORKER_CONCURRENCY', 1),
})

/** @throws Error naming the variable, what it is and the least it may be */
export const wholeNumber = (environment: Environment, name: string, least: number): number => {
  const value = environment[name]
  if (value && /^\d{1,9}$/.test(value) && Number(value) >= least) return Number(value)
  throw wanted(name, value, `a whole number of at least ${least}`)
}
