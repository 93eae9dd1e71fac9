import { isObject, type Json, type JsonObject } from '../../shared/json.ts'
import type { Push, Receiver } from './platform.ts'
import type { Random } from './random.ts'
import { type Secrets, signBody, signHeaders } from './signing.ts'

// What somebody may push who knows the callback URL and has overheard the genuine push beside which it goes. What is
// invented has an id of its own, so that the calls that are compared stay as they are.

export interface Overheard {
  readonly platform: 'voice-call' | 'aicc'
  readonly push: Push
  /** What was pushed, signed. */
  readonly body: JsonObject
  readonly inventedId: string
}

type Attack = (overheard: Overheard, receiver: Receiver, random: Random) => Push | undefined

const longAgo = () => new Date(Date.now() - 60 * 86_400_000)

const withId = ({ platform, body, inventedId }: Overheard): JsonObject => {
  if (platform === 'aicc') return { ...body, callSerialNo: inventedId }
  const member = (value: Json | undefined) => (isObject(value) ? { ...value, sessionId: inventedId } : {})
  if (body.eventType !== 'fee') return { ...body, statusInfo: member(body.statusInfo) }
  return { ...body, feeLst: [member(Array.isArray(body.feeLst) ? body.feeLst[0] : undefined)] }
}

const unsigned = ({ timestamp, nonce, signature, ...body }: JsonObject): JsonObject => body

const signedBy =
  (toSecrets: (secrets: Secrets) => Secrets, at: () => Date): Attack =>
  (overheard, receiver, random) => {
    const { voiceCall, aiccKey } = toSecrets(receiver.secrets)
    const invented = unsigned(withId(overheard))
    const { url } = overheard.push
    if (overheard.platform === 'voice-call')
      return voiceCall && { url, headers: signHeaders(voiceCall, random, at()), body: JSON.stringify(invented) }
    return aiccKey === undefined
      ? undefined
      : { url, headers: {}, body: JSON.stringify(signBody(invented, aiccKey, random, at())) }
  }

const wrong = 'a secret that nobody has'

const ofAicc =
  (alter: (body: JsonObject) => JsonObject): Attack =>
  ({ platform, push, body }) =>
    platform === 'aicc' ? { ...push, body: JSON.stringify(alter(body)) } : undefined

const ofToken =
  (toUrl: (url: string, token: string) => string): Attack =>
  ({ push }, { secrets: { token } }) =>
    token === undefined ? undefined : { ...push, url: toUrl(push.url, token) }

/** Each gives nothing where it does not apply, as where no secret is known that it could get wrong. */
export const attacks: { readonly [name: string]: Attack } = {
  unsigned: (overheard) => ({
    url: overheard.push.url,
    headers: {},
    body: JSON.stringify(unsigned(withId(overheard))),
  }),
  forged: signedBy(
    ({ voiceCall, ...others }) => ({
      ...others,
      voiceCall: voiceCall && { ...voiceCall, secret: wrong },
      aiccKey: others.aiccKey && wrong,
    }),
    () => new Date(),
  ),
  'of another app': signedBy(
    ({ voiceCall, token }) => ({
      token,
      voiceCall: voiceCall && { ...voiceCall, app: 'anotherApp' },
      aiccKey: undefined,
    }),
    () => new Date(),
  ),
  old: signedBy((secrets) => secrets, longAgo),
  'another body under an overheard signature': (overheard) => ({
    ...overheard.push,
    body: JSON.stringify(withId(overheard)),
  }),
  replayed: ({ push }) => push,
  're-ordered': ({ push, body }) => ({
    ...push,
    body: JSON.stringify(Object.fromEntries(Object.entries(body).reverse())),
  }),
  // Text for a number and null for the text "null" sign alike.
  'of other types': ofAicc((body) =>
    Object.fromEntries(
      Object.entries(body).map(([name, value]) => {
        if (name === 'callSerialNo' || name === 'timestamp' || name === 'nonce') return [name, value]
        if (value === null) return [name, 'null']
        return [name, String(Number(value)) === value ? Number(value) : value]
      }),
    ),
  ),
  truncated: ({ push }) => ({ ...push, body: push.body.slice(0, push.body.length / 2) }),
  'blank in the id': ofAicc((body) => ({ ...body, callSerialNo: `${body.callSerialNo} ` })),
  'merged into the id': ofAicc(({ called, callSerialNo, ...body }) => ({
    ...body,
    callSerialNo: `${callSerialNo},called=${called}`,
  })),
  "on the other platform's path": ({ platform, push }, { hangupUrl, statusUrl }) => ({
    ...push,
    url: platform === 'aicc' ? statusUrl : hangupUrl,
  }),
  'without the token': ofToken((url, token) => url.replace(`/${token}`, '')),
  'with another token': ofToken((url, token) => url.replace(token, 'x'.repeat(token.length))),
}

const [first = '', ...others] = Object.keys(attacks)
export const attackNames: readonly [string, ...string[]] = [first, ...others]
