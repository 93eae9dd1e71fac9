import { createHmac } from 'node:crypto'
import * as v from 'valibot'
import type { JsonObject } from '../../shared/json.ts'
import type { Receiver } from './platform.ts'
import type { Random } from './random.ts'

// The platforms' side of the signatures, written from the documents anew: none of the code under test is asked.

/** What platform and receiver share. */
export interface Secrets {
  /** The last segment of every callback path. */
  readonly token: string | undefined
  readonly voiceCall:
    | { readonly urls: readonly [string, ...string[]]; readonly app: string; readonly secret: string }
    | undefined
  readonly aiccKey: string | undefined
}

const texts = v.tupleWithRest([v.string()], v.string())
const Tokens = v.pipe(v.string(), v.parseJson(), texts)
const VoiceCall = v.pipe(v.string(), v.parseJson(), v.object({ urls: texts, apps: v.record(v.string(), texts) }))

const read = <T extends v.GenericSchema>(env: NodeJS.ProcessEnv, name: string, schema: T) => {
  if (!env[name]) return undefined
  const { success, output } = v.safeParse(schema, env[name])
  if (success) return output
  throw new Error(`Cannot start: found something else in ${name}, wanted JSON as npm start -- --help tells`)
}

/** As `npm start` takes them from the environment; of two that are good, the first. @throws Error */
export const readSecrets = (env: NodeJS.ProcessEnv): Secrets => {
  const voiceCall = read(env, 'VOICE_CALL_SECRETS', VoiceCall)
  const [app, [secret] = []] = Object.entries(voiceCall?.apps ?? {})[0] ?? []
  return {
    token: read(env, 'CALLBACK_TOKENS', Tokens)?.[0],
    voiceCall: voiceCall && app && secret ? { urls: voiceCall.urls, app, secret } : undefined,
    aiccKey: read(env, 'AICC_KEYS', Tokens)?.[0],
  }
}

/** The callback URLs as they are registered. */
export const toReceiver = ({ statusUrl, cdrUrl, hangupUrl }: Omit<Receiver, 'secrets'>, secrets: Secrets): Receiver => {
  const withToken = (url: string) => (secrets.token === undefined ? url : `${url}/${secrets.token}`)
  return { statusUrl: withToken(statusUrl), cdrUrl: withToken(cdrUrl), hangupUrl: withToken(hangupUrl), secrets }
}

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64')

/** Both digests, both zones of `Created` and any registered URL, as the documents disagree about them. */
export const signHeaders = (
  { urls, app, secret }: NonNullable<Secrets['voiceCall']>,
  random: Random,
  at: Date,
): Record<string, string> => {
  const zone = random.pick([0, 8 * 3_600_000])
  const created = new Date(at.getTime() + zone).toISOString().replace(/\.\d+/, '')
  const nonce = `${random.int(1, 999_999_999)}A${random.int(0, 999_999_999)}`
  const url = random.pick(urls)
  const digest = hmac(secret, [url, nonce, created].join(random.pick(['', '\n'])))
  const fields = [`Username="${app}"`, `PasswordDigest="${digest}"`, `Nonce="${nonce}"`, `Created="${created}"`]
  return {
    Authorization: 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
    'X-AKSK': `UsernameToken ${fields.join(random.pick([',', ', ']))}`,
  }
}

export const signBody = (body: JsonObject, key: string, random: Random, at: Date): JsonObject => {
  const timestamp = String(at.getTime())
  const nonce = `${random.pick(['-', ''])}${random.int(1, 999_999_999)}${random.int(0, 999_999_999)}`
  const text = Object.keys(body)
    .sort()
    .map((name) => `${name}=${body[name]}`)
    .join(',')
    .replace(/ /g, '')
  return { ...body, timestamp, nonce, signature: hmac(key, `${key}_${timestamp}_${nonce}_${text}`) }
}
