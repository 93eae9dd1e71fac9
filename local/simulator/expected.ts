import type { CallRecord } from '../../shared/call-record.ts'
import type { JsonObject } from '../../shared/json.ts'
import type { LegTimes, Life } from './life.ts'
import type { Deviations } from './messages.ts'

// What a call record has to say of a life, computed from the life alone: none of the code under test is asked.

/** The parts of a call record that are compared, codes without their words. */
export type Expected = Omit<CallRecord, 'id' | 'edition' | 'failure' | 'cdr'> & {
  readonly failure?: { readonly at?: string; readonly codes: readonly JsonObject[] }
  readonly cdr: JsonObject
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()

/** `{ [name]: the time }`, or nothing for what did not happen. */
const at = <K extends string>(name: K, seconds: number | undefined) =>
  (seconds === undefined ? {} : { [name]: iso(seconds) }) as { readonly [key in K]?: string }

const startedMinutes = (seconds: number) => Math.floor((seconds + 59) / 60)

const toLeg = (
  party: 'A' | 'B',
  number: string,
  displayNumber: string | undefined,
  times: LegTimes,
  cause: number | undefined,
  ended: number,
) => ({
  party,
  number,
  ...(displayNumber === undefined ? {} : { displayNumber }),
  ...at('startedAt', times.dialled),
  ...at('ringingAt', times.rang),
  ...at('answeredAt', times.answered),
  ...(times.answered === undefined ? {} : { seconds: ended - times.answered }),
  billableMinutes: times.answered === undefined ? 0 : startedMinutes(ended - times.answered),
  ...(cause ? { cause } : {}),
})

/** `sent` is the CDR as the platform sent it, `facts` how many different things the platform sent of the call. */
export const toExpected = (life: Life, odd: Deviations, sent: JsonObject, facts: number): Expected => {
  const { outcome, a, b, ended } = life
  const isPrivate = outcome.scenario === 'private-number'
  const isTwoParty = isPrivate || outcome.scenario === 'call-back'
  const withoutPlus = (number: string) => (odd.otherTypes ? number.slice(1) : number)
  const legs = [
    isPrivate
      ? toLeg('A', life.numberA, undefined, a, undefined, ended)
      : toLeg('A', withoutPlus(life.numberA), life.shownToA, a, outcome.causeA, ended),
    ...(isTwoParty ? [toLeg('B', life.numberB, life.shownToB, b, outcome.causeB, ended)] : []),
  ]
  const main = b.dialled === undefined ? a : b
  const talker = isTwoParty ? b : a
  const playback = outcome.keys ? 'notification' : odd.older ? 'unknown' : 'playback'
  const isAnswered = outcome.disposition === 'answered'
  const codes = [
    ...(outcome.causeA && !isPrivate && !isAnswered ? [{ name: 'q850', party: 'A', value: outcome.causeA }] : []),
    ...(outcome.causeB && !isAnswered ? [{ name: 'q850', party: 'B', value: outcome.causeB }] : []),
    ...(outcome.sip ? [{ name: 'sip', value: outcome.sip }] : []),
    ...(outcome.tearDown ? [{ name: 'ulFailReason', value: outcome.tearDown }] : []),
    ...(outcome.state && life.disconnected !== undefined
      ? [{ name: 'stateCode', value: outcome.state, text: outcome.stateDesc }]
      : []),
  ]
  const failed = isAnswered ? {} : at('at', life.failed)
  return {
    callId: `voice-call/${life.sessionId}`,
    source: 'voice-call',
    revision: facts,
    scenario: isTwoParty ? (outcome.scenario as 'call-back' | 'private-number') : playback,
    completeness: 'complete',
    disposition: outcome.disposition,
    ...at('startedAt', a.dialled),
    ...at('ringingAt', main.rang),
    ...at('answeredAt', main.answered),
    ...at('endedAt', ended),
    ...(main.rang === undefined ? {} : { ringSeconds: (main.answered ?? ended) - main.rang }),
    ...(talker.answered === undefined ? {} : { talkSeconds: ended - talker.answered }),
    billableMinutes: legs.reduce((sum, leg) => sum + leg.billableMinutes, 0),
    legs,
    ...(life.keys.length > 0 ? { digits: life.keys.map(({ digits }) => digits).join('-') } : {}),
    ...(outcome.recorded && b.answered !== undefined && ended - b.answered >= 3
      ? {
          recording: {
            fileName: `${life.index}.wav`,
            directory: 'ostor-recordings',
            domain: 'obs.example.com',
            url: `https://obs.example.com/ostor-recordings/${life.index}.wav`,
            startedAt: iso(b.answered),
            deletedAfter: iso(ended + 7 * 86_400),
          },
        }
      : {}),
    ...(codes.length > 0 || 'at' in failed ? { failure: { ...failed, codes } } : {}),
    ...(life.userData === undefined ? {} : { userData: life.userData }),
    appKey: life.appKey,
    cdr: sent,
  }
}
