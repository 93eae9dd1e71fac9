import type { JsonObject } from '../../shared/json.ts'
import type { Expected } from './expected.ts'
import type { Random } from './random.ts'

// AICC's voice notifications: what happens to one, its hang-up callback, and what a call record has to say of it.

interface Outcome {
  readonly releaseReason: number
  readonly rings: boolean
  readonly disposition: 'answered' | 'no-answer' | 'failed'
}

const outcomes: readonly [Outcome, ...Outcome[]] = [
  { releaseReason: 0, rings: true, disposition: 'answered' },
  { releaseReason: 1, rings: true, disposition: 'answered' },
  { releaseReason: 4, rings: true, disposition: 'no-answer' },
  { releaseReason: 6, rings: false, disposition: 'failed' },
  { releaseReason: 8, rings: false, disposition: 'failed' },
  { releaseReason: 9, rings: false, disposition: 'failed' },
  { releaseReason: 10, rings: false, disposition: 'failed' },
  { releaseReason: 999, rings: true, disposition: 'failed' },
]

export interface PlannedHangup {
  readonly index: number
  /** Not signed yet. */
  readonly body: JsonObject
  readonly expected: Expected
}

/** `yyyy/MM/dd,HH:mm:ss:SSS`, UTC. */
const toText = (at: number) => {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, -1).split('T')
  return `${day.replaceAll('-', '/')},${time.replace('.', ':')}`
}

const iso = (name: string, at: number | undefined) => (at === undefined ? {} : { [name]: new Date(at).toISOString() })

/** @param start milliseconds since 1970 */
export const drawHangup = (random: Random, run: string, index: number, start: number): PlannedHangup => {
  const { releaseReason, rings, disposition } = random.pick(outcomes)
  const started = start + random.int(0, 999)
  const rang = rings ? started + random.int(0, 6000) : undefined
  const answered = disposition === 'answered' ? (rang ?? 0) + random.int(0, 30_000) : undefined
  const ended = (answered ?? rang ?? started) + random.int(0, 90_000)
  const callSerialNo = `${run}-${index}`.slice(-50)
  const called = `8888${String(random.int(0, 9_999_999)).padStart(7, '0')}`
  const recordfile = answered === undefined ? undefined : `Y:/2/mobileAgent/20220222/${index}.wav`
  // How an absent time looks is not documented.
  const absent = random.pick([undefined, null, ''])
  const time = (at: number | undefined) => (at === undefined ? absent : toText(at))
  const members = {
    callSerialNo,
    called,
    callerPresent: '960003',
    createCallTime: toText(started),
    alertingTime: time(rang),
    talkingTime: time(answered),
    releaseTime: toText(ended),
    talkDuration: '0',
    recordfile,
    locationId: '0',
    releaseReason: String(releaseReason),
  }
  const body: JsonObject = JSON.parse(JSON.stringify(members))
  const times = { ...iso('startedAt', started), ...iso('ringingAt', rang), ...iso('answeredAt', answered) }
  return {
    index,
    body,
    expected: {
      callId: `aicc/${callSerialNo}`,
      source: 'aicc',
      revision: 1,
      scenario: 'notification',
      completeness: 'complete',
      disposition,
      ...times,
      ...iso('endedAt', ended),
      ...(rang === undefined ? {} : { ringSeconds: ((answered ?? ended) - rang) / 1000 }),
      ...(answered === undefined ? {} : { talkSeconds: (ended - answered) / 1000 }),
      legs: [
        {
          party: 'A',
          number: called,
          displayNumber: '960003',
          ...times,
          ...(answered === undefined ? {} : { seconds: (ended - answered) / 1000 }),
        },
      ],
      ...(recordfile === undefined ? {} : { recording: { fileName: recordfile } }),
      ...(answered === undefined ? { failure: { codes: [{ name: 'releaseReason', value: releaseReason }] } } : {}),
      cdr: body,
    },
  }
}
