// Phone numbers are personal data: what is shown of them without being asked for is the terminal's and the page's to share.

/** `+8613800000021` → `+86138***0021`: the last four digits stay, the four before them and more of a short number do not. */
export const maskNumber = (number: string): string =>
  number.length > 8 ? `${number.slice(0, number.length - 8)}***${number.slice(-4)}` : `***${number.slice(-2)}`

/** What stands for a party, in whatever form it was written: `sip:+8613800000021@host`, `+86 138 0000 0021`. */
export const maskParty = (text: string): string =>
  /^\+?\d+$/.test(text)
    ? maskNumber(text)
    : text.replace(/\+?\d(?:[ .()-]{0,2}\d){6,}/g, (run) => maskNumber(run.replace(/[^+\d]/g, '')))

/** Fields whose long digits are ids and times. In all others a run of seven digits or more is taken for a number. */
const technical =
  /^(id|callId|sessionId|icid|spId|appKey|subscriptionId|endToEndID|callSerialNo|timestamp|nonce|signature|hostName|locationId|fileName|directory|domain|url|recordfile|record[A-Z]\w*|\w+Time|\w*At)$/

/** Fields of the platforms and of call records that hold the number of a party. */
const ofParties = /^(caller|called|number|displayNumber|callerPresent|\w*Num)$/

const isMobile = /^(0{0,2}86)?1[3-9]\d{9}$/

/** A run of digits in a text that holds ids and times too: only what is a number for sure is one. */
const isNumberAmongIds = (run: string, known: readonly string[]): boolean => {
  const digits = run.replace('+', '')
  return run.startsWith('+') || isMobile.test(digits) || known.some((number) => digits.includes(number))
}

const maskRuns = (text: string, isNumber: (run: string) => boolean): string =>
  text.replace(/\+?\d{7,}/g, (run) => (isNumber(run) ? maskNumber(run) : run))

/** An id or a path, in which only what is a number for sure is masked. @param numbers those of the parties, as far as known */
export const maskId = (text: string, numbers: readonly (string | undefined)[] = []): string => {
  const known = numbers.flatMap(toDigits)
  return maskRuns(text, (run) => isNumberAmongIds(run, known))
}

/** With its country's code and without it. */
const toDigits = (number: string | undefined): readonly string[] => {
  const digits = (number ?? '').replace(/\D/g, '')
  return [digits, digits.replace(/^(00)?86/, '')].filter(({ length }) => length >= 7)
}

/** Strings, brackets, commas and colons, and all else in between. A number of any length stays the text that it is. */
const tokens = /"(?:[^"\\]|\\[\s\S])*"|[[\]{},:]|[^\s[\]{},:"]+|\s+|"/g

interface Token {
  readonly text: string
  /** The key that a value stands under, in an array the key of the array. */
  readonly key: string
}

/** Tokens of JSON text, each value with its key, without parsing it: what is no JSON has tokens, too. */
const toTokens = (json: string): readonly Token[] => {
  const found = json.match(tokens) ?? []
  const open: string[] = []
  let key = ''
  return found.map((text, n) => {
    if (text === '{' || text === '[') open.push(key)
    else if (text === '}' || text === ']') key = open.pop() ?? ''
    else if (text.startsWith('"') && isKey(found, n)) {
      key = text.slice(1, -1)
      return { text, key: '' }
    }
    return { text, key }
  })
}

const isKey = (found: readonly string[], at: number): boolean => {
  const next = found[at + 1] ?? ''
  return next === ':' || (next.trim() === '' && found[at + 2] === ':')
}

/**
 * JSON text with the numbers of parties masked, all else as it is, blanks and long numbers included. A number written as a
 * JSON number becomes text. Text that is no JSON loses every run of seven digits or more.
 */
export const maskJson = (json: string): string => {
  if (!isJson(json)) return maskRuns(json, () => true)
  const all = toTokens(json)
  const known = all.filter(({ key }) => ofParties.test(key)).flatMap(({ text }) => toDigits(readToken(text)))
  return all
    .map(({ text, key }) => {
      const value = readToken(text)
      if (value === undefined) return text
      const isNumber = (run: string) => !technical.test(key) || isNumberAmongIds(run, known)
      const masked = ofParties.test(key) ? maskParty(value) : maskRuns(value, isNumber)
      return masked === value ? text : JSON.stringify(masked)
    })
    .join('')
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A string without its escapes, or a number as it is written; `undefined` for all else. */
const readToken = (token: string): string | undefined => {
  if (/^-?\d/.test(token)) return token
  return token.length > 1 && token.startsWith('"') ? String(JSON.parse(token)) : undefined
}
