import { createHmac } from 'node:crypto'
import { toInstant } from './instant.ts'
import { parseSecret, readObject, readTexts } from './secret.ts'
import { isAmong, isFresh, type Signed, type Verdict, type Verify } from './signature.ts'

// Voice Call signs the URL, not the body:
//
//   Authorization: AKSK realm="SDP",profile="UsernameToken",type="Appkey"
//   X-AKSK: UsernameToken Username="<app key>", PasswordDigest="<digest>", Nonce="<text>", Created="<time>"
//
//   digest   Base64(HMAC-SHA-256(app secret, url + nonce + created))                     pages of 2022-05
//            Base64(HMAC-SHA-256(app secret, url + "\n" + nonce + "\n" + created))       pages of 2026-01
//   url      as registered; the status pages name the CDRs' URL, so every registered one is tried
//   nonce    1 to 128 letters or digits
//   created  yyyy-MM-ddTHH:mm:ssZ, Beijing time in spite of the Z (2026) or UTC (before)
//
// The order of the four and the blanks after the commas do not matter.

export interface AkskSecrets {
  /** The push URLs as registered. */
  readonly urls: readonly string[]
  /** App secrets by app key, always two: the current one, and the previous one or the current one again. */
  readonly apps: ReadonlyMap<string, readonly string[]>
}

/** At most 96 bytes, since the platform takes 128 characters of their Base64. */
const url = /^(?=.{1,96}$)https?:\/\/[A-Za-z0-9:./-]+$/

/**
 * `{"urls": ["https://…"], "apps": {"<app key>": ["<secret>"]}}`, each app with two secrets while one is changed.
 * @throws Error
 */
export const parseAkskSecrets = (secret: string): AkskSecrets => {
  const { urls, apps } = readObject(parseSecret(secret), '', 'an object with urls and apps')
  const entries = Object.entries(readObject(apps, 'apps', 'an object of one app key or more'))
  return {
    urls: readTexts(urls, 'urls', 20, url, 'a URL of at most 96 letters, digits, - : . or /'),
    apps: new Map(
      entries.map(([key, texts], index) => {
        const [current = '', previous = current] = readTexts(texts, `apps[${index}]`, 2, /./s, 'an app secret')
        return [key, [current, previous]]
      }),
    ),
  }
}

/** Both documented digests of a push. */
export const toDigests = (secret: string, url: string, nonce: string, created: string): readonly string[] =>
  [`${url}\n${nonce}\n${created}`, `${url}${nonce}${created}`].map((text) =>
    createHmac('sha256', secret).update(text).digest('base64'),
  )

export const verifyAksk = (headers: Signed, { urls, apps }: AkskSecrets, windowSeconds: number, now: Date): Verdict => {
  const [, header] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-aksk') ?? []
  if (header === undefined || header === '') return 'unsigned'
  const fields = parseHeader(String(header))
  if (fields === undefined) return 'malformed'
  const { username, digest, nonce, created, times } = fields
  // An app that is not known takes as long as one that is, and one with two secrets as long as one with one.
  const secrets = apps.get(username) ?? ['nobody', 'nobody']
  const digests = secrets.flatMap((secret) => urls.flatMap((url) => toDigests(secret, url, nonce, created)))
  const isRight = isAmong(digest, digests)
  if (!apps.has(username)) return 'unknown-key'
  if (!isRight) return 'mismatch'
  return times.some((time) => isFresh(time, now, windowSeconds)) ? 'valid' : 'stale'
}

export const toAkskVerifier = (secret: string, windowSeconds: number): Verify => {
  const secrets = parseAkskSecrets(secret)
  return (headers, now) => verifyAksk(headers, secrets, windowSeconds, now)
}

const beijing = 8 * 3_600_000

const parseHeader = (header: string) => {
  const [, list] = /^\s*UsernameToken\s+(\w+="[^"]*"(?:\s*,\s*\w+="[^"]*")*)\s*$/i.exec(header) ?? []
  if (list === undefined) return undefined
  const pairs = [...list.matchAll(/(\w+)="([^"]*)"/g)]
  const values = new Map(pairs.map(([, name = '', value = '']) => [name.toLowerCase(), value]))
  const { username = '', passworddigest: digest = '', nonce = '', created = '' } = Object.fromEntries(values)
  const isWhole = pairs.length === values.size && username !== '' && /^[A-Za-z0-9+/]{43}=$/.test(digest)
  const utc = toInstant(created.replace(/Z$/, '.000Z'))
  if (!isWhole || utc === undefined || !/^[A-Za-z0-9]{1,128}$/.test(nonce)) return undefined
  return { username, digest, nonce, created, times: [utc, utc - beijing] }
}
