import { hash, readFact } from '../../shared/fact.ts'
import { escapeNonCharacters, isObject, type Json } from '../../shared/json.ts'
import type { Batch } from '../../shared/store-facts.ts'
import type { Exchange } from '../http-api.ts'
import type { CallbackRow, Rejection } from './messages.ts'

/** One request and what became of it. */
export interface LoggedCallback {
  readonly id: number
  readonly exchange: Exchange
  readonly fingerprint: string
  readonly replayOf: number | undefined
  state: CallbackRow['state']
  verdict: string | undefined
  callIds: readonly string[]
  brought: string
  rejected: readonly Rejection[]
}

export interface CallbackLog {
  readonly add: (exchange: Exchange) => LoggedCallback
  /**
   * Notes what became of the callback that a message of the queue came from.
   * @param body the message's, and what it comes to
   * @returns the callback, unless it is no longer kept or the message came another way
   */
  readonly settle: (
    body: string,
    batch: Batch,
    told: Pick<LoggedCallback, 'verdict' | 'state'>,
  ) => LoggedCallback | undefined
  /** The next equal request is a replay of that one. */
  readonly expectReplay: (callback: LoggedCallback) => void
  readonly get: (id: number) => LoggedCallback | undefined
  readonly all: () => readonly LoggedCallback[]
  /** How many were dropped, and thus the id of the first that is kept. */
  readonly dropped: () => number
}

/** More are not shown of one callback. */
const mostRejected = 50

/** The last callbacks, no more than so many and so many bytes of bodies in all. */
export const createCallbackLog = (limits: { readonly callbacks: number; readonly bytes: number }): CallbackLog => {
  const log = new Map<number, LoggedCallback>()
  const alike = new Map<string, LoggedCallback[]>()
  const replays = new Map<string, number>()
  let [last, bytes, dropped] = [0, 0, 0]

  const drop = (callback: LoggedCallback) => {
    log.delete(callback.id)
    bytes -= callback.exchange.body?.length ?? 0
    dropped++
    const others = alike.get(callback.fingerprint)?.filter((other) => other !== callback) ?? []
    if (others.length > 0) alike.set(callback.fingerprint, others)
    else alike.delete(callback.fingerprint)
    replays.delete(callback.fingerprint)
  }

  return {
    add: (exchange) => {
      const fingerprint = toFingerprint(exchange.body?.toString('utf8') ?? `${exchange.bytes} bytes`)
      const callback: LoggedCallback = {
        id: ++last,
        exchange,
        fingerprint,
        replayOf: replays.get(fingerprint),
        state: exchange.status === 200 ? 'kept' : 'refused',
        verdict: undefined,
        callIds: [],
        brought: '',
        rejected: [],
      }
      replays.delete(fingerprint)
      log.set(callback.id, callback)
      alike.set(fingerprint, [...(alike.get(fingerprint) ?? []), callback])
      bytes += exchange.body?.length ?? 0
      for (const oldest of log.values()) {
        if (log.size <= limits.callbacks && bytes <= limits.bytes) break
        drop(oldest)
      }
      return callback
    },

    settle: (body, { calls, rejected }, { verdict, state }) => {
      const found = alike.get(toFingerprint(body)) ?? []
      // Of several that are equal to the byte, the one that has waited longest; one that comes back was the last.
      const callback = found.find((one) => one.state === 'kept') ?? found.findLast((one) => one.state !== 'refused')
      if (!callback) return undefined
      callback.state = state
      callback.verdict = verdict
      callback.callIds = calls.map(({ callId }) => callId)
      callback.brought = toText(calls.flatMap(({ facts }) => facts.map(({ fact }) => readFact(fact).kind)))
      callback.rejected = rejected
        .slice(0, mostRejected)
        .map(({ error: { code, message, pointer } }) => ({ code, message, pointer }))
      return callback
    },

    expectReplay: ({ fingerprint, id }) => {
      replays.set(fingerprint, id)
    },
    get: (id) => log.get(id),
    all: () => [...log.values()],
    dropped: () => dropped,
  }
}

/** The text as the receiving function puts it on the queue: without a byte order mark, and with escapes. */
const toFingerprint = (text: string): string => hash(escapeNonCharacters(text.replace(/^\uFEFF/, '')))

const toText = (kinds: readonly string[]): string =>
  [...new Set(kinds)]
    .map((kind) => {
      const count = kinds.filter((other) => other === kind).length
      return count > 1 ? `${kind} ×${count}` : kind
    })
    .join(', ')

/** The code that a refusal's body gives, in the words of either platform. */
export const toRefusalCode = ({ status, answer }: Exchange): string | undefined => {
  if (status === 200) return undefined
  try {
    const body: Json = JSON.parse(answer)
    const code = isObject(body) ? (body.code ?? body.retCode) : undefined
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}
