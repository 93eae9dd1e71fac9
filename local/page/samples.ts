import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../shared/json.ts'
import { drawHangup } from '../simulator/hangup.ts'
import { drawLife, type LegTimes, type Life, outcomes, shiftLife } from '../simulator/life.ts'
import { drawDeviations, toCdrRecord, toStatusMessages } from '../simulator/messages.ts'
import { push, type Receiver } from '../simulator/platform.ts'
import { createRandom, type Random } from '../simulator/random.ts'
import { signBody, signHeaders } from '../simulator/signing.ts'

interface Sample {
  readonly name: string
  readonly label: string
  readonly send: (receiver: Receiver, now: Date, random: Random) => Promise<void>
}

/** Milliseconds between the callbacks of one call, so that one can see it form. */
const pause = 150

/** A call that has just ended, of a length that shows more than one of an hour or of a second. */
const drawSample = (scenario: Life['outcome']['scenario'], name: string, now: Date, random: Random): Life => {
  const outcome = outcomes.find((one) => one.scenario === scenario && one.name === name) ?? outcomes[0]
  const run = now.getTime().toString(36)
  const drawn = Array.from({ length: 100 }, (_, n) => drawLife(random, `sample-${run}`, n, outcome))
  const hasRung = ({ rang, answered }: LegTimes) => answered === undefined || answered - (rang ?? answered) >= 2
  const isFit = ({ a, b, ended }: Life) => {
    const talk = ended - (b.answered ?? a.answered ?? 0)
    return outcome.reaches !== 'talk' || (ended >= 20 && ended <= 90 && talk >= 8 && hasRung(a) && hasRung(b))
  }
  const life = drawn.find(isFit) ?? drawn[0]
  if (!life) throw new Error(`Cannot send a sample: found no life of ${scenario} ${name}, wanted one`)
  const seconds = Math.floor(now.getTime() / 1000)
  const written = now.toISOString().replace(/\D/g, '').slice(0, 14)
  return {
    ...shiftLife(life, seconds - life.ended),
    sessionId: life.sessionId.replace(/20260127080000/, written),
    disconnected: seconds,
    sendsKeys: true,
    userData: `sample ${scenario}`,
  }
}

const plain = drawDeviations(createRandom(1, 0), 0)

const pushVoiceCall = (receiver: Receiver, url: string, body: string, random: Random) => {
  const { voiceCall } = receiver.secrets
  return push({ url, headers: voiceCall ? signHeaders(voiceCall, random, new Date()) : {}, body })
}

/** Status events in their order, then the CDR. @param label says what it becomes where that is not what was sent */
const toVoiceCall = (scenario: Life['outcome']['scenario'], outcome: string, label: string): Sample => ({
  name: `${scenario}-${outcome}`.replaceAll(' ', '-').toLowerCase(),
  label,
  send: async (receiver, now, random) => {
    const life = drawSample(scenario, outcome, now, random)
    for (const { body } of toStatusMessages(life, plain)) {
      await pushVoiceCall(receiver, receiver.statusUrl, JSON.stringify(body), random)
      await sleep(pause)
    }
    const cdr = { eventType: 'fee', feeLst: [toCdrRecord(life, plain)] }
    await pushVoiceCall(receiver, receiver.cdrUrl, JSON.stringify(cdr), random)
  },
})

const hangup: Sample = {
  name: 'aicc-hangup',
  label: 'AICC hang-up',
  send: async (receiver, now, random) => {
    const run = `sample-${now.getTime().toString(36)}`
    // The longest that is drawn takes 127 s.
    const start = now.getTime() - 128_000
    const planned = Array.from({ length: 100 }, (_, n) => drawHangup(random, run, n, start))
    const { body } = planned.find(({ expected }) => (expected.talkSeconds ?? 0) >= 8) ?? planned[0] ?? { body: {} }
    const { aiccKey } = receiver.secrets
    const signed: JsonObject = aiccKey ? signBody(body, aiccKey, random, new Date()) : body
    await push({ url: receiver.hangupUrl, headers: {}, body: JSON.stringify(signed) })
  },
}

const quarantined: Sample = {
  name: 'quarantined',
  label: 'CDR without a sessionId (quarantined)',
  send: async (receiver, now, random) => {
    const { sessionId, ...cdr } = toCdrRecord(drawSample('call-back', 'answered', now, random), plain)
    await pushVoiceCall(receiver, receiver.cdrUrl, JSON.stringify({ eventType: 'fee', feeLst: [cdr] }), random)
  },
}

const refused: Sample = {
  name: 'refused',
  label: 'Not JSON (refused)',
  send: async (receiver, _now, random) => {
    await pushVoiceCall(receiver, receiver.statusUrl, 'eventType=callout&sessionId=1', random)
  },
}

/** One of every kind that the page has to show. */
export const samples: readonly Sample[] = [
  toVoiceCall('call-back', 'answered', 'Call-back, answered'),
  toVoiceCall('call-back', 'B busy', 'Call-back, B busy'),
  toVoiceCall('notification', 'played', 'Notification, answered → playback'),
  toVoiceCall('notification', 'busy', 'Notification, busy → playback'),
  toVoiceCall('notification', 'no answer', 'Notification, no answer → playback'),
  toVoiceCall('notification', 'keys pressed', 'Notification, with digits'),
  toVoiceCall('verification', 'played', 'Verification code → playback'),
  toVoiceCall('private-number', 'answered', 'PrivateNumber, answered'),
  hangup,
  quarantined,
  refused,
]
