import { createHash, timingSafeEqual } from 'node:crypto'
import type { Json } from './json.ts'

export const verdicts = [
  /** Not looked at: the policy says so, or there is nothing to check it with. */
  'off',
  /** To be checked, but the keys could not be had. */
  'unchecked',
  'valid',
  'unsigned',
  'malformed',
  'unknown-key',
  'mismatch',
  /** The signature matches, but it would match another content too. */
  'ambiguous',
  /** The signature matches, but its time is outside the window. */
  'stale',
] as const

/** What the check of a callback's signature came to. */
export type Verdict = (typeof verdicts)[number]

export const isVerdict = (text: string | undefined): text is Verdict => verdicts.some((verdict) => verdict === text)

/** The part of a request that a platform signs: its headers or its body's members. */
export type Signed = { readonly [name: string]: Json | undefined }

export type Verify = (signed: Signed, now: Date) => Verdict

/** From the platform's clock running ahead to a push that comes late. Both ends included, in milliseconds. */
export const isFresh = (signedAt: number, now: Date, windowSeconds: number): boolean => {
  const age = now.getTime() - signedAt
  return age >= -maxAhead && age <= windowSeconds * 1000
}

const maxAhead = 300_000

/** Compares with all of them, in a time that tells neither how much of a text was right nor which one it was. */
export const isAmong = (text: string, secrets: readonly string[]): boolean => {
  const wanted = digest(text)
  return secrets.filter((secret) => timingSafeEqual(digest(secret), wanted)).length > 0
}

const digest = (text: string) => createHash('sha256').update(text).digest()
