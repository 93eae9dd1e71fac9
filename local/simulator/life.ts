import type { Random } from './random.ts'

// A model of what happens to a call, in the words of the network. It knows nothing of the receiver's code: what the
// platform sends of a life stands in messages.ts, what a call record has to say of it in expected.ts.

export type Scenario = 'call-back' | 'notification' | 'verification' | 'private-number'

/** How a life goes and what the network says of it. Codes that are left out are 0, "not applicable". */
export interface Outcome {
  readonly scenario: Scenario
  readonly name: string
  /** The last thing that happens: leg A rings or not, is answered, leg B is dialled, rings or not, or the parties talk. */
  readonly reaches: 'A dialled' | 'A rings' | 'A answers' | 'B dialled' | 'B rings' | 'talk'
  readonly disposition: 'answered' | 'no-answer' | 'busy' | 'rejected' | 'canceled' | 'failed'
  readonly causeA?: number
  readonly causeB?: number
  readonly sip?: number
  readonly tearDown?: number
  readonly state: number
  readonly stateDesc: string
  readonly keys?: 'collected' | 'ivr'
  /** Only the disconnect event tells the disposition, so it is never lost. */
  readonly toldByDisconnect?: true
  readonly recorded?: true
  readonly tts?: true
  /** The talk ends after just so many minutes. */
  readonly maxMinutes?: number
}

const hungUp = { state: 0, stateDesc: 'The user releases the call.' }
const answered = { reaches: 'talk', disposition: 'answered', ...hungUp } as const
const busyA = { disposition: 'busy', causeA: 17, sip: 486, tearDown: 519 } as const
const noAnswerA = {
  disposition: 'no-answer',
  causeA: 19,
  sip: 480,
  tearDown: 514,
  state: 8003,
  stateDesc: 'Ringing timed out.',
} as const

export const outcomes: readonly [Outcome, ...Outcome[]] = [
  { scenario: 'call-back', name: 'answered', ...answered },
  { scenario: 'call-back', name: 'answered, with normal causes', ...answered, causeA: 16, causeB: 31 },
  {
    scenario: 'call-back',
    name: 'A hangs up while ringing',
    reaches: 'A rings',
    disposition: 'canceled',
    causeA: 16,
    sip: 487,
    tearDown: 516,
    state: 8004,
    stateDesc: 'Hung up while ringing.',
  },
  {
    scenario: 'call-back',
    name: 'A does not exist',
    reaches: 'A dialled',
    disposition: 'failed',
    causeA: 1,
    sip: 404,
    tearDown: 519,
    state: 8106,
    stateDesc: 'The caller number does not exist.',
  },
  {
    scenario: 'call-back',
    name: 'B unreachable',
    reaches: 'B dialled',
    disposition: 'no-answer',
    causeB: 20,
    sip: 480,
    tearDown: 518,
    state: 8103,
    stateDesc: 'The callee is unreachable.',
  },
  {
    scenario: 'call-back',
    name: 'B busy, although SIP says unavailable',
    reaches: 'B dialled',
    disposition: 'busy',
    causeB: 17,
    sip: 480,
    tearDown: 518,
    state: 8102,
    stateDesc: 'The callee is busy.',
  },
  {
    scenario: 'call-back',
    name: 'B busy, although the tear-down point says timed out',
    reaches: 'B rings',
    disposition: 'busy',
    tearDown: 514,
    state: 8102,
    stateDesc: 'The callee is busy.',
    toldByDisconnect: true,
  },
  {
    scenario: 'call-back',
    name: 'the platform gives up ringing B',
    reaches: 'B rings',
    disposition: 'no-answer',
    causeB: 16,
    sip: 487,
    tearDown: 514,
    state: 8003,
    stateDesc: 'Ringing timed out.',
  },
  { scenario: 'call-back', name: 'answered and recorded', ...answered, recorded: true },
  {
    scenario: 'call-back',
    name: 'maximum duration',
    ...answered,
    state: 8010,
    stateDesc: 'The maximum duration is reached.',
    maxMinutes: 2,
  },
  {
    scenario: 'call-back',
    name: 'A busy',
    reaches: 'A rings',
    ...busyA,
    state: 8108,
    stateDesc: 'The caller is busy.',
  },
  { scenario: 'call-back', name: 'A does not answer', reaches: 'A rings', ...noAnswerA },
  {
    scenario: 'call-back',
    name: 'A rejects',
    reaches: 'A rings',
    disposition: 'rejected',
    causeA: 21,
    sip: 603,
    tearDown: 519,
    state: 8002,
    stateDesc: 'The peer returned a failure announcement.',
  },
  {
    scenario: 'call-back',
    name: 'B busy',
    reaches: 'B dialled',
    disposition: 'busy',
    causeB: 17,
    sip: 486,
    tearDown: 518,
    state: 8102,
    stateDesc: 'The callee is busy.',
  },
  {
    scenario: 'call-back',
    name: 'B does not answer',
    reaches: 'B rings',
    disposition: 'no-answer',
    sip: 480,
    tearDown: 518,
    state: 8101,
    stateDesc: 'The callee does not answer.',
  },
  {
    scenario: 'call-back',
    name: 'B rejects',
    reaches: 'B rings',
    disposition: 'rejected',
    causeB: 21,
    sip: 603,
    tearDown: 518,
    state: 8002,
    stateDesc: 'The peer returned a failure announcement.',
  },
  {
    scenario: 'call-back',
    name: 'A hangs up while B rings',
    reaches: 'B rings',
    disposition: 'canceled',
    causeA: 16,
    causeB: 31,
    tearDown: 552,
    state: 8004,
    stateDesc: 'Hung up while ringing.',
  },
  {
    scenario: 'call-back',
    name: 'A hangs up before B rings',
    reaches: 'B dialled',
    disposition: 'canceled',
    causeA: 16,
    tearDown: 553,
    state: 8009,
    stateDesc: 'The caller hung up.',
  },
  {
    scenario: 'call-back',
    name: 'A hangs up before B is dialled',
    reaches: 'A answers',
    disposition: 'canceled',
    tearDown: 530,
    state: 8009,
    stateDesc: 'The caller hung up.',
  },
  { scenario: 'notification', name: 'played', ...answered },
  { scenario: 'notification', name: 'played by TTS', ...answered, tts: true },
  { scenario: 'notification', name: 'keys pressed', ...answered, keys: 'collected' },
  { scenario: 'notification', name: 'keys pressed in an IVR', ...answered, keys: 'ivr' },
  {
    scenario: 'notification',
    name: 'no key pressed',
    ...answered,
    state: 8008,
    stateDesc: 'Play-and-collect failed.',
    tearDown: 100,
  },
  {
    scenario: 'notification',
    name: 'busy',
    reaches: 'A rings',
    ...busyA,
    state: 8102,
    stateDesc: 'The callee is busy.',
  },
  { scenario: 'notification', name: 'no answer', reaches: 'A rings', ...noAnswerA },
  {
    scenario: 'notification',
    name: 'rejected',
    reaches: 'A rings',
    disposition: 'rejected',
    causeA: 21,
    tearDown: 519,
    state: 8002,
    stateDesc: 'The peer returned a failure announcement.',
  },
  {
    scenario: 'notification',
    name: 'hung up while ringing',
    reaches: 'A rings',
    disposition: 'canceled',
    causeA: 31,
    sip: 487,
    tearDown: 516,
    state: 8004,
    stateDesc: 'Hung up while ringing.',
  },
  {
    scenario: 'notification',
    name: 'number does not exist',
    reaches: 'A dialled',
    disposition: 'failed',
    causeA: 1,
    sip: 404,
    tearDown: 519,
    state: 8100,
    stateDesc: 'The callee number does not exist.',
  },
  {
    scenario: 'notification',
    name: 'switched off',
    reaches: 'A dialled',
    disposition: 'no-answer',
    causeA: 20,
    sip: 480,
    tearDown: 519,
    state: 8104,
    stateDesc: 'The callee is switched off.',
  },
  {
    scenario: 'notification',
    name: 'frequency control',
    reaches: 'A dialled',
    disposition: 'failed',
    tearDown: 7003,
    state: 7003,
    stateDesc: 'Frequency control.',
  },
  {
    scenario: 'notification',
    name: 'black list',
    reaches: 'A dialled',
    disposition: 'failed',
    tearDown: 7004,
    state: 7004,
    stateDesc: 'Black list.',
  },
  {
    scenario: 'notification',
    name: 'playing failed',
    ...answered,
    tearDown: 2837,
    state: 8007,
    stateDesc: 'Playing failed.',
  },
  {
    scenario: 'notification',
    name: 'released by API',
    ...answered,
    tearDown: 1003,
    state: 8017,
    stateDesc: 'Released.',
  },
  { scenario: 'verification', name: 'played', ...answered, tts: true },
  {
    scenario: 'verification',
    name: 'busy',
    reaches: 'A rings',
    ...busyA,
    state: 8102,
    stateDesc: 'The callee is busy.',
  },
  { scenario: 'verification', name: 'no answer', reaches: 'A rings', ...noAnswerA },
  { scenario: 'private-number', name: 'answered', ...answered },
  { scenario: 'private-number', name: 'answered and recorded', ...answered, recorded: true },
  {
    scenario: 'private-number',
    name: 'B busy',
    reaches: 'B dialled',
    disposition: 'busy',
    causeB: 17,
    sip: 486,
    tearDown: 518,
    state: 8102,
    stateDesc: 'The callee is busy.',
  },
  {
    scenario: 'private-number',
    name: 'B does not answer',
    reaches: 'B rings',
    disposition: 'no-answer',
    causeB: 19,
    sip: 480,
    tearDown: 514,
    state: 8101,
    stateDesc: 'The callee does not answer.',
  },
  {
    scenario: 'private-number',
    name: 'A hangs up while B rings',
    reaches: 'B rings',
    disposition: 'canceled',
    causeB: 31,
    sip: 487,
    tearDown: 516,
    state: 8004,
    stateDesc: 'Hung up while ringing.',
  },
]

/** Seconds since 1970; `undefined` for what did not happen. */
export interface LegTimes {
  readonly dialled: number | undefined
  readonly rang: number | undefined
  readonly answered: number | undefined
}

export interface Life {
  readonly index: number
  readonly outcome: Outcome
  readonly sessionId: string
  readonly numberA: string
  readonly numberB: string
  /** The numbers that A and B are shown. */
  readonly shownToA: string
  readonly shownToB: string
  readonly a: LegTimes
  readonly b: LegTimes
  readonly ended: number
  /** The disconnect event is sent by another clock, up to two seconds later, or gets lost; the CDR's end counts. */
  readonly disconnected: number | undefined
  /** Before the end, for a call that failed. */
  readonly failed: number
  /** What was pressed and when. */
  readonly keys: readonly { readonly at: number; readonly digits: string }[]
  /** Keys pressed in an IVR may be in the CDR alone. */
  readonly sendsKeys: boolean
  readonly userData: string | undefined
  readonly appKey: string
}

const stages = ['A dialled', 'A rings', 'A answers', 'B dialled', 'B rings', 'talk'] as const

/** The life of one call that starts at second 0. `run` sets its id apart from those of other runs. */
export const drawLife = (
  random: Random,
  run: string,
  index: number,
  outcome: Outcome = random.pick(outcomes),
): Life => {
  const isTwoParty = outcome.scenario === 'call-back' || outcome.scenario === 'private-number'
  const happens = (stage: (typeof stages)[number]) => stages.indexOf(outcome.reaches) >= stages.indexOf(stage)
  // In a private-number call A calls in and is not rung.
  const isRung = outcome.scenario !== 'private-number'

  const rangA = happens('A rings') && isRung ? random.int(0, 5) : undefined
  const answeredA = happens('A answers') && isRung ? (rangA ?? 0) + random.int(0, 30) : undefined
  const dialledB = isTwoParty && happens('B dialled') ? (answeredA ?? 0) + random.int(0, 2) : undefined
  const rangB = isTwoParty && happens('B rings') ? (dialledB ?? 0) + random.int(0, 6) : undefined
  const answeredB = isTwoParty && happens('talk') ? (rangB ?? 0) + random.int(0, 40) : undefined
  const last = Math.max(0, rangA ?? 0, answeredA ?? 0, dialledB ?? 0, rangB ?? 0, answeredB ?? 0)

  const keyTimes = outcome.keys ? [2, 5, 9].slice(0, random.int(1, 3)) : []
  const keys = keyTimes.map((after) => ({ at: last + after, digits: random.pick(['1', '0', '007', '1*#', '42', '#']) }))
  const talk = outcome.maxMinutes ? outcome.maxMinutes * 60 : random.int(keys.length > 0 ? 12 : 0, 400)
  const ended = last + (outcome.reaches === 'talk' ? talk : random.int(0, 45))
  const number = (prefix: string) => `+86${prefix}${String(random.int(0, 99_999_999)).padStart(8, '0')}`
  const [numberA, numberB] = [number('138'), number('139')]
  const parties = outcome.scenario === 'private-number' ? `${numberA}_${numberB}_` : ''
  const shownToA = number('755')
  return {
    index,
    outcome,
    sessionId: `1201_${parties}${run}_${index}_20260127080000@callenabler${index % 7}.example.com`,
    numberA,
    numberB,
    shownToA,
    shownToB: random.chance(0.5) ? shownToA : number('755'),
    a: { dialled: 0, rang: rangA, answered: answeredA },
    b: { dialled: dialledB, rang: rangB, answered: answeredB },
    ended,
    disconnected: !outcome.toldByDisconnect && random.chance(0.05) ? undefined : ended + random.int(0, 2),
    failed: Math.max(last, ended - random.int(0, 1)),
    keys,
    sendsKeys: outcome.keys !== 'ivr' || random.chance(0.5),
    userData: random.chance(0.8)
      ? random.pick([`customer-${index}`, '客户 №7 "quoted"', 'x'.repeat(256), '客'.repeat(256)])
      : undefined,
    appKey: 'simulatedAppKey',
  }
}

/** The same life so many seconds later. */
export const shiftLife = (life: Life, seconds: number): Life => {
  const later = (time: number | undefined) => (time === undefined ? undefined : time + seconds)
  const leg = ({ dialled, rang, answered: picked }: LegTimes): LegTimes => ({
    dialled: later(dialled),
    rang: later(rang),
    answered: later(picked),
  })
  return {
    ...life,
    a: leg(life.a),
    b: leg(life.b),
    ended: life.ended + seconds,
    disconnected: later(life.disconnected),
    failed: life.failed + seconds,
    keys: life.keys.map(({ at, digits }) => ({ at: at + seconds, digits })),
  }
}
