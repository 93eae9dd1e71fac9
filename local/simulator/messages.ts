import type { JsonObject } from '../../shared/json.ts'
import type { Life } from './life.ts'
import type { Random } from './random.ts'

// What the platform sends of a life, field by field as its documents have it, and the deviations of real messages.

export interface StatusMessage {
  readonly at: number
  readonly body: JsonObject
}

/** Deviations from the documents that real messages have. */
export interface Deviations {
  readonly absentAsEmptyText: boolean
  readonly twoBlanks: boolean
  /** No serviceType and no hostName, as older records. */
  readonly older: boolean
  readonly extraKeys: boolean
  /** Codes as text, the number of A without its plus as a number. */
  readonly otherTypes: boolean
  readonly sentTwice: boolean
  readonly badNeighbour: boolean
}

const kinds = [
  'absentAsEmptyText',
  'twoBlanks',
  'older',
  'extraKeys',
  'otherTypes',
  'sentTwice',
  'badNeighbour',
] as const

/** One deviation at least in that share of the calls. */
export const drawDeviations = (random: Random, share: number): Deviations => {
  const isOdd = random.chance(share)
  const sure = random.pick(kinds)
  const has = (kind: keyof Deviations) => isOdd && (kind === sure || random.chance(0.2))
  return {
    absentAsEmptyText: has('absentAsEmptyText'),
    twoBlanks: has('twoBlanks'),
    older: has('older'),
    extraKeys: has('extraKeys'),
    otherTypes: has('otherTypes'),
    sentTwice: has('sentTwice'),
    badNeighbour: has('badNeighbour'),
  }
}

/** `yyyy-MM-dd HH:mm:ss`, UTC. */
const toText = (seconds: number, blanks: string): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', blanks)

/** A call's status events in the order in which the platform sends them. */
export const toStatusMessages = (life: Life, odd: Deviations): readonly StatusMessage[] => {
  const { outcome, sessionId, userData, a, b } = life
  const isPrivate = outcome.scenario === 'private-number'
  const legA = { caller: life.shownToA, called: life.numberA }
  const legB = { caller: life.shownToB, called: life.numberB }
  const message = (eventType: string, at: number | undefined, fields: JsonObject): StatusMessage[] =>
    at === undefined
      ? []
      : [
          {
            at,
            body: {
              eventType,
              statusInfo: {
                sessionId,
                timestamp: toText(at, odd.twoBlanks ? '  ' : ' '),
                ...(userData === undefined ? (odd.absentAsEmptyText ? { userData: '' } : {}) : { userData }),
                ...fields,
                ...(odd.extraKeys ? { endToEndID: `e2e-${life.index}` } : {}),
              },
            },
          },
        ]
  const start = isPrivate
    ? message('callin', a.dialled, { caller: life.numberA, called: life.shownToA })
    : [
        ...message('callout', a.dialled, legA),
        ...message('alerting', a.rang, legA),
        ...message('answer', a.answered, legA),
      ]
  return [
    ...start,
    ...message('callout', b.dialled, legB),
    ...message('alerting', b.rang, legB),
    ...message('answer', b.answered, legB),
    ...(life.sendsKeys ? life.keys : []).flatMap(({ at, digits }) => message('collectInfo', at, { digitInfo: digits })),
    ...message('disconnect', life.disconnected, {
      ...(b.dialled === undefined ? legA : legB),
      ...(outcome.scenario === 'call-back' ? { partyType: '1' } : {}),
      stateCode: odd.otherTypes ? String(outcome.state) : outcome.state,
      stateDesc: outcome.stateDesc,
    }),
  ]
}

const serviceTypes = { 'call-back': '002', notification: '001', verification: '001', 'private-number': '004' } as const

/** A call's CDR. */
export const toCdrRecord = (life: Life, odd: Deviations): JsonObject => {
  const { outcome, a, b } = life
  const isPrivate = outcome.scenario === 'private-number'
  const isTwoParty = isPrivate || outcome.scenario === 'call-back'
  const time = (seconds: number | undefined) => seconds && toText(seconds, odd.twoBlanks ? '  ' : ' ')
  const code = (value = 0) => (odd.otherTypes ? String(value) : value)
  const called = isPrivate ? life.shownToA : life.numberA
  const fields: { readonly [field: string]: string | number | undefined } = {
    direction: isPrivate ? 1 : 0,
    spId: 'simulated',
    appKey: life.appKey,
    icid: `CAE-20260127080000-${life.index}`,
    bindNum: '+8675500000078',
    sessionId: life.sessionId,
    callerNum: isPrivate ? life.numberA : life.shownToA,
    calleeNum: odd.otherTypes ? Number(called.slice(1)) : called,
    ...(isTwoParty && {
      fwdDisplayNum: life.shownToB,
      fwdDstNum: life.numberB,
      fwdStartTime: time(b.dialled),
      fwdAlertingTime: time(b.rang),
      fwdAnswerTime: time(b.answered),
    }),
    ...(isPrivate
      ? { callInTime: time(a.dialled), subscriptionId: `subscription-${life.index}` }
      : {
          callOutStartTime: time(a.dialled),
          callOutAlertingTime: time(a.rang),
          callOutAnswerTime: time(a.answered),
          callOutUnaswRsn: code(outcome.causeA),
        }),
    callEndTime: time(life.ended),
    failTime: outcome.disposition === 'answered' ? undefined : time(life.failed),
    fwdUnaswRsn: code(outcome.causeB),
    ulFailReason: code(outcome.tearDown),
    sipStatusCode: code(outcome.sip),
    ...(outcome.keys === 'ivr' && {
      dynIVRStartTime: time(a.answered),
      dynIVRPath: life.keys.map(({ digits }) => digits).join('-'),
    }),
    recordFlag: outcome.recorded ? 1 : 0,
    // A call of less than 3 seconds has no file.
    ...(outcome.recorded &&
      life.ended - (b.answered ?? life.ended) >= 3 && {
        recordStartTime: time(b.answered),
        recordObjectName: `${life.index}.wav`,
        recordBucketName: 'ostor-recordings',
        recordDomain: 'obs.example.com',
        recordFileDownloadUrl: `https://obs.example.com/ostor-recordings/${life.index}.wav`,
      }),
    ttsPlayTimes: outcome.tts ? 1 : 0,
    ttsTransDuration: outcome.tts ? 3 : 0,
    ...(!odd.older && { serviceType: serviceTypes[outcome.scenario], hostName: 'callenabler.example.com' }),
    userData: life.userData,
    ...(odd.extraKeys && { endToEndID: `e2e-${life.index}`, voiceCheckType: 0 }),
  }
  const present = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? (odd.absentAsEmptyText ? [[name, '']] : []) : [[name, value]],
  )
  return Object.fromEntries(present)
}
