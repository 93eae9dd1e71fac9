import { isObject, type Json, type JsonObject, typeOf } from './json.ts'

// Secrets are JSON texts. What is wrong with one is told by kind and place, never by value.

const wrong = (place: string, found: string, wanted: string) =>
  new Error(`Cannot read a secret: found ${found}${place === '' ? '' : ` at ${place}`}, wanted ${wanted}`)

/** @throws Error */
export const parseSecret = (text: string): Json => {
  try {
    return JSON.parse(text)
  } catch {
    // V8's own message quotes the text, so it is not passed on.
    throw wrong('', `${text.length} characters of something else`, 'JSON')
  }
}

/** An object with a member or more. @throws Error */
export const readObject = (value: Json | undefined, place: string, wanted: string): JsonObject => {
  if (isObject(value) && Object.keys(value).length > 0) return value
  throw wrong(place, isObject(value) ? 'an empty object' : typeOf(value), wanted)
}

/** A list of one to `most` texts, each of which the pattern fits. @throws Error */
export const readTexts = (
  value: Json | undefined,
  place: string,
  most: number,
  pattern: RegExp,
  wanted: string,
): readonly string[] => {
  const texts: readonly Json[] = Array.isArray(value) ? value : []
  if (texts.length === 0 || texts.length > most) throw wrong(place, typeOf(value), `an array of 1 to ${most} texts`)
  return texts.map((text, index) => {
    if (typeof text !== 'string') throw wrong(`${place}[${index}]`, typeOf(text), wanted)
    if (!pattern.test(text)) throw wrong(`${place}[${index}]`, `other text of ${text.length} characters`, wanted)
    return text
  })
}
