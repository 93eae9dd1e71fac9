import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../shared/json.ts'
import type { Life } from './life.ts'
import type { Deviations, StatusMessage } from './messages.ts'
import { createRandom, type Random } from './random.ts'

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
}

export interface Habits {
  readonly seed: number
  /** Share of the pushes whose answer the platform does not hear. */
  readonly lostAnswer: number
  /** What an hour of the platform takes here, in milliseconds. */
  readonly hour: number
}

export interface Tally {
  callbacks: number
  rePushes: number
  /** Status events that were not taken: they are gone. */
  lostEvents: number
  /** CDR messages that were not taken in any of their pushes. */
  lostCdrs: number
}

/** The platform re-pushes a CDR 6 times, an hour apart; its sister product PrivateNumber re-pushes everything. */
const voiceCallMinutes = [60, 60, 60, 60, 60, 60]
const privateNumberMinutes = [1, 4, 9, 106, 203, 300]

/** An answer counts as a success if it is 200 and its body, where it has a `resultcode`, says "0". */
export const isSuccess = (status: number, body: string): boolean => {
  if (status !== 200) return false
  try {
    const answer: unknown = JSON.parse(body)
    if (typeof answer !== 'object' || answer === null || !('resultcode' in answer)) return true
    return answer.resultcode === '0'
  } catch {
    return true
  }
}

/** One push over a connection of its own, as the platform does it. */
export const push = (url: string, body: string): Promise<boolean> =>
  new Promise((resolve) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const headers = {
      'Content-Type': 'application/json;charset=UTF-8',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    }
    const request = send(url, { method: 'POST', headers, agent: false, timeout: 10_000 }, (response) => {
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
  const tryPush = async (url: string, body: string, random: Random) => {
    tally.callbacks++
    const isTaken = await push(url, body)
    return { isTaken, isHeard: isTaken && !random.chance(habits.lostAnswer) }
  }
  /** @returns whether the receiver took it at all */
  const pushUntilHeard = async (url: string, body: string, minutes: readonly number[], random: Random) => {
    let isTaken = false
    for (const wait of [0, ...minutes]) {
      if (wait > 0) {
        await sleep((wait * habits.hour) / 60)
        tally.rePushes++
      }
      const pushed = await tryPush(url, body, random)
      isTaken ||= pushed.isTaken
      if (pushed.isHeard) return true
    }
    return isTaken
  }
  const pushEvents = async (call: PlannedCall, events: readonly StatusMessage[], random: Random) => {
    // A status event of Voice Call is pushed once, whatever comes back.
    const minutes = call.life.outcome.scenario === 'private-number' ? privateNumberMinutes : []
    for (const { at, body } of events) {
      await until(at)
      if (!(await pushUntilHeard(receiver.statusUrl, JSON.stringify(body), minutes, random))) tally.lostEvents++
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
    toCdrMessages(of, random).map(async (message) => {
      if (!(await pushUntilHeard(receiver.cdrUrl, JSON.stringify(message), minutes, random))) tally.lostCdrs++
    })
  await Promise.all([...pushCdrs(ofVoiceCall, voiceCallMinutes), ...pushCdrs(ofPrivate, privateNumberMinutes)])
  for (const { call, late, random } of schedules) await pushEvents(call, late, random)
}

/** Draws of their own for what happens to pushes, so that troubles change no call and one push no other. */
const pushing = 0x5bd1e995
const merging = 0x1b873593

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
