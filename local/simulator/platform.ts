import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../shared/json.ts'
import type { PlannedHangup } from './hangup.ts'
import { attackNames, attacks, type Overheard } from './hostile.ts'
import type { Life } from './life.ts'
import type { Deviations, StatusMessage } from './messages.ts'
import { createRandom, type Random } from './random.ts'
import { type Secrets, signBody, signHeaders } from './signing.ts'

/** A call as the platform is going to push it. */
export interface PlannedCall {
  readonly life: Life
  readonly odd: Deviations
  readonly events: readonly StatusMessage[]
  readonly cdr: JsonObject
  /** Its status events are pushed in another order than they happened. */
  readonly outOfOrder: boolean
  /** Its last status events are pushed after its CDR. */
  readonly late: boolean
}

export interface Receiver {
  readonly statusUrl: string
  readonly cdrUrl: string
  readonly hangupUrl: string
  readonly secrets: Secrets
}

export interface Habits {
  readonly seed: number
  /** Share of the pushes whose answer the platform does not hear. */
  readonly lostAnswer: number
  /** What an hour of the platform takes here, in milliseconds. */
  readonly hour: number
  /** Stands in every invented id. */
  readonly run: string
  /** Share of the pushes beside which somebody else pushes what must not count. */
  readonly hostile: number
}

export interface Tally {
  callbacks: number
  rePushes: number
  /** Status events that were not taken: they are gone. */
  lostEvents: number
  /** CDR messages that were not taken in any of their pushes. */
  lostCdrs: number
  lostHangups: number
  /** What somebody else pushed, by platform and kind, and how much of it was taken. */
  readonly hostile: { [kind: string]: { pushed: number; taken: number } }
}

export const createTally = (): Tally => ({
  callbacks: 0,
  rePushes: 0,
  lostEvents: 0,
  lostCdrs: 0,
  lostHangups: 0,
  hostile: {},
})

/** The platform re-pushes a CDR 6 times, an hour apart; its sister product PrivateNumber re-pushes everything. */
const voiceCallMinutes = [60, 60, 60, 60, 60, 60]
const privateNumberMinutes = [1, 4, 9, 106, 203, 300]

/** An answer counts as a success if it is 200 and its body, where it has a `resultcode` or a `retCode`, says "0". */
export const isSuccess = (status: number, body: string): boolean => {
  if (status !== 200) return false
  try {
    const answer: unknown = JSON.parse(body)
    if (typeof answer !== 'object' || answer === null) return true
    return ['resultcode', 'retCode'].every((name) => !(name in answer) || Object(answer)[name] === '0')
  } catch {
    return true
  }
}

export interface Push {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** One push over a connection of its own, as the platform does it. */
export const push = ({ url, headers, body }: Push): Promise<boolean> =>
  new Promise((resolve) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const all = {
      'Content-Type': 'application/json;charset=UTF-8',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
      ...headers,
    }
    const request = send(url, { method: 'POST', headers: all, agent: false, timeout: 10_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(isSuccess(response.statusCode ?? 0, text)))
      response.on('error', () => resolve(false))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
    request.end(body)
  })

/** Where one platform pushes to, and how often it does. */
interface Delivery {
  readonly platform: 'voice-call' | 'aicc'
  readonly url: string
  /** Between a push that was not heard and the next. */
  readonly minutes: readonly number[]
}

/** Pushes, signed where it is known how, and again as the platform does. */
const createSender = (receiver: Receiver, habits: Habits, tally: Tally, index: number) => {
  const random = createRandom(habits.seed ^ signing, index)
  const { voiceCall, aiccKey } = receiver.secrets
  const toSigned = (platform: Delivery['platform'], body: JsonObject) => {
    if (platform === 'aicc') return [{}, aiccKey ? signBody(body, aiccKey, random, new Date()) : body] as const
    return [voiceCall ? signHeaders(voiceCall, random, new Date()) : {}, body] as const
  }
  let attacked = 0
  const attack = async (overheard: Omit<Overheard, 'inventedId'>) => {
    const name = random.pick(attackNames)
    const inventedId = `${invented}-${habits.run}-${index}-${attacked++}`
    const hostile = attacks[name]?.({ ...overheard, inventedId }, receiver, random)
    if (!hostile) return
    const of = `${overheard.platform} ${name}`
    const before = tally.hostile[of] ?? { pushed: 0, taken: 0 }
    tally.hostile[of] = before
    before.pushed++
    if (await push(hostile)) before.taken++
  }

  /** @returns whether the receiver took it at all */
  return async ({ platform, url, minutes }: Delivery, body: JsonObject, draws: Random): Promise<boolean> => {
    let isTaken = false
    let [headers, signed] = toSigned(platform, body)
    for (const wait of [0, ...minutes]) {
      if (wait > 0) {
        await sleep((wait * habits.hour) / 60)
        tally.rePushes++
        // Whether a re-push is signed anew is not documented.
        if (random.chance(0.5)) [headers, signed] = toSigned(platform, body)
      }
      tally.callbacks++
      const sent = { url, headers, body: JSON.stringify(signed) }
      const isTakenNow = await push(sent)
      isTaken ||= isTakenNow
      if (random.chance(habits.hostile)) await attack({ platform, push: sent, body: signed })
      if (isTakenNow && !draws.chance(habits.lostAnswer)) return true
    }
    return isTaken
  }
}

/** Stands in the id of every call that nobody placed. */
export const invented = 'invented'

/** Pushes a hang-up callback. How often AICC repeats one that was not heard is not documented. */
export const pushHangup = async (
  { index, body }: PlannedHangup,
  receiver: Receiver,
  habits: Habits,
  tally: Tally,
): Promise<void> => {
  const send = createSender(receiver, habits, tally, -1 - index)
  const delivery = { platform: 'aicc', url: receiver.hangupUrl, minutes: voiceCallMinutes } as const
  if (!(await send(delivery, body, createRandom(habits.seed ^ pushing, -1 - index)))) tally.lostHangups++
}

/** Lives through calls that end in one second: each call's status events in order, then their CDRs in one message. */
export const pushCalls = async (
  calls: readonly PlannedCall[],
  receiver: Receiver,
  habits: Habits,
  tally: Tally,
): Promise<void> => {
  const began = Date.now()
  const start = Math.min(...calls.map(({ life }) => life.a.dialled ?? life.ended))
  const until = async (second: number) => {
    const wait = ((second - start) * habits.hour) / 3600 - (Date.now() - began)
    if (wait >= 1) await sleep(wait)
  }
  const pushEvents = async (call: PlannedCall, events: readonly StatusMessage[], random: Random) => {
    // A status event of Voice Call is pushed once, whatever comes back.
    const minutes = call.life.outcome.scenario === 'private-number' ? privateNumberMinutes : []
    const send = createSender(receiver, habits, tally, call.life.index)
    for (const { at, body } of events) {
      await until(at)
      if (!(await send({ platform: 'voice-call', url: receiver.statusUrl, minutes }, body, random))) tally.lostEvents++
    }
  }

  const schedules = calls.map((call) => {
    const random = createRandom(habits.seed ^ pushing, call.life.index)
    const afterCdr = call.events.length - (call.late ? random.int(1, call.events.length) : 0)
    const inTime = call.events.slice(0, afterCdr)
    return {
      call,
      random,
      inTime: call.outOfOrder ? random.shuffle(inTime) : inTime,
      late: call.events.slice(afterCdr),
    }
  })
  await Promise.all(schedules.map(({ call, inTime, random }) => pushEvents(call, inTime, random)))
  const random = createRandom(habits.seed ^ merging, calls[0]?.life.index ?? 0)
  // Two products never share a message, and each re-pushes as its own documents say.
  const ofPrivate = calls.filter(({ life }) => life.outcome.scenario === 'private-number')
  const ofVoiceCall = calls.filter((call) => !ofPrivate.includes(call))
  const pushCdrs = (of: readonly PlannedCall[], minutes: readonly number[]) =>
    toCdrMessages(of, random).map(async (message, n) => {
      const send = createSender(receiver, habits, tally, (calls[0]?.life.index ?? 0) * 1000 + minutes.length * 100 + n)
      if (!(await send({ platform: 'voice-call', url: receiver.cdrUrl, minutes }, message, random))) tally.lostCdrs++
    })
  await Promise.all([...pushCdrs(ofVoiceCall, voiceCallMinutes), ...pushCdrs(ofPrivate, privateNumberMinutes)])
  for (const { call, late, random } of schedules) await pushEvents(call, late, random)
}

/** Draws of their own for what happens to pushes, so that troubles change no call and one push no other. */
const pushing = 0x5bd1e995
const merging = 0x1b873593
const signing = 0x27d4eb2f

const maxCdrsPerMessage = 50

/** The CDRs of calls that ended together, at most 50 in one message, with what real messages have among them. */
const toCdrMessages = (calls: readonly PlannedCall[], random: Random): readonly JsonObject[] => {
  const records = calls.flatMap(({ cdr, odd }): JsonObject[] => [
    cdr,
    ...(odd.sentTwice ? [cdr] : []),
    ...(odd.badNeighbour
      ? [random.pick<JsonObject>([{ icid: 'no session' }, { sessionId: '' }, { sessionId: 'x'.repeat(300) }])]
      : []),
  ])
  const messages: JsonObject[] = []
  for (let first = 0; first < records.length; first += maxCdrsPerMessage)
    messages.push({ eventType: 'fee', feeLst: records.slice(first, first + maxCdrsPerMessage) })
  return messages
}
