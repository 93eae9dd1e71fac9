import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { CallRecord } from '../../shared/call-record.ts'
import { compareRecord, type Difference } from './comparison.ts'
import { type Expected, toExpected } from './expected.ts'
import { drawHangup, type PlannedHangup } from './hangup.ts'
import { drawLife, shiftLife } from './life.ts'
import { drawDeviations, toCdrRecord, toStatusMessages } from './messages.ts'
import {
  createTally,
  type Habits,
  invented,
  type PlannedCall,
  pushCalls,
  pushHangup,
  type Receiver,
  type Tally,
} from './platform.ts'
import { createRandom } from './random.ts'

export interface Plan extends Habits {
  readonly calls: number
  /** Calls started in a second; 0 for as many as get through. */
  readonly rate: number
  /** Calls that are alive at once. */
  readonly concurrent: number
  /** Shares of the calls, 0 to 1. */
  readonly outOfOrder: number
  readonly late: number
  readonly odd: number
  /** Those of AICC among the calls. */
  readonly aicc: number
}

export interface Result extends Readonly<Tally> {
  readonly calls: number
  readonly records: number
  /** Records that came again under an id that had come before. */
  readonly duplicates: number
  readonly revisions: number
  /** Calls whose last record is not what it has to be, or two of whose records share an id and differ. */
  readonly wrong: readonly { readonly callId: string; readonly differences: readonly Difference[] }[]
  /** Calls without a record of all that was sent. */
  readonly missing: readonly string[]
  /** Calls that nobody placed and that have a record all the same. */
  readonly invented: number
}

/** Calls are spread from here on, so that days, months and a leap day pass. */
const firstStart = Date.UTC(2024, 1, 27, 20) / 1000
const secondsApart = 613

/** AICC's calls of a plan; `planCalls` draws the others. */
export const planHangups = (plan: Plan): readonly PlannedHangup[] =>
  Array.from({ length: hangupsOf(plan) }, (_, index) =>
    drawHangup(
      createRandom(plan.seed ^ hangingUp, index),
      `${plan.run}-${plan.seed}-${plan.calls}`,
      index,
      (firstStart + index * secondsApart) * 1000,
    ),
  )

const hangupsOf = ({ calls, aicc }: Plan) => Math.round(calls * aicc)

/** Draws of their own, so that one platform's calls do not change the other's. */
const hangingUp = 0x165667b1

/** Draws calls in groups that end in one second, as a campaign's do. The same plan gives the same calls. */
export const planCalls = (plan: Plan): readonly (readonly PlannedCall[])[] => {
  const groups: PlannedCall[][] = []
  // All that decides what is sent: another of these makes other calls, which must not share an id with the first.
  const run = `${plan.run}-${plan.seed}-${plan.calls}-${plan.odd}-${plan.concurrent}`
  const calls = plan.calls - hangupsOf(plan)
  let index = 0
  while (index < calls) {
    const random = createRandom(plan.seed, index)
    const together = random.chance(0.7) ? 1 : random.int(2, random.chance(0.8) ? 8 : 80)
    const size = Math.min(calls - index, plan.concurrent, together)
    const lives = Array.from({ length: size }, (_, n) => drawLife(createRandom(~plan.seed, index + n), run, index + n))
    const start = firstStart + index * secondsApart
    const end = start + Math.max(...lives.map(({ ended }) => ended))
    groups.push(lives.map((life) => planCall(shiftLife(life, end - life.ended), plan)))
    index += size
  }
  return groups
}

const planCall = (life: PlannedCall['life'], plan: Plan): PlannedCall => {
  const random = createRandom(plan.seed, -1 - life.index)
  const odd = drawDeviations(random, plan.odd)
  return {
    life,
    odd,
    events: toStatusMessages(life, odd),
    cdr: toCdrRecord(life, odd),
    outOfOrder: random.chance(plan.outOfOrder),
    late: random.chance(plan.late),
  }
}

/** The queue that call records are taken from, and how long it may stay empty before what has not come is missing. */
export interface Downstream {
  readonly sqs: SQSClient
  readonly queueUrl: string
  readonly patience: number
}

/** Pushes the planned calls, takes the call records off the queue meanwhile and compares the last one of every call. */
export const simulate = async (
  plan: Plan,
  receiver: Receiver,
  downstream: Downstream,
  onProgress: (callsPushed: number, callsRecorded: number) => void,
): Promise<Result> => {
  const groups = planCalls(plan)
  const hangups = planHangups(plan)
  const tally = createTally()
  const taken = createRecords(
    [
      ...groups.flat().map((call) => toExpected(call.life, call.odd, call.cdr, call.events.length + 1)),
      ...hangups.map(({ expected }) => expected),
    ],
    `${invented}-${plan.run}-`,
  )
  const tasks = createRandom(plan.seed, 0).shuffle<Task>([
    ...groups.map((group) => ({ calls: group.length, push: () => pushCalls(group, receiver, plan, tally) })),
    ...hangups.map((hangup) => ({ calls: 1, push: () => pushHangup(hangup, receiver, plan, tally) })),
  ])

  const state = { pushed: 0, isPushing: true }
  const show = () => onProgress(state.pushed, taken.complete())
  const draining = drain(downstream, taken, state, show)
  const pushing = pushAll(tasks, plan, (calls) => {
    state.pushed += calls
    show()
  }).finally(() => {
    state.isPushing = false
  })
  // A queue that cannot be read leaves every call missing; what was pushed is told all the same.
  const [drained] = await Promise.allSettled([draining, pushing])
  if (drained.status === 'rejected') console.error(`Cannot read the queue: ${String(drained.reason)}`)
  return { ...tally, calls: plan.calls, ...taken.result() }
}

/** Calls that live and end together. */
interface Task {
  readonly calls: number
  readonly push: () => Promise<void>
}

const pushAll = async (tasks: readonly Task[], plan: Plan, onPushed: (calls: number) => void) => {
  const began = Date.now()
  const alive = new Set<Promise<void>>()
  let [started, living] = [0, 0]
  for (const { calls, push } of tasks) {
    while (living > 0 && living + calls > plan.concurrent) await Promise.race(alive)
    const wait = plan.rate === 0 ? 0 : (started * 1000) / plan.rate - (Date.now() - began)
    if (wait >= 1) await sleep(wait)
    started += calls
    living += calls
    const pushed = push().then(() => {
      alive.delete(pushed)
      living -= calls
      onPushed(calls)
    })
    alive.add(pushed)
  }
  await Promise.all(alive)
}

const pollers = 3

const drain = async (
  { sqs, queueUrl: QueueUrl, patience }: Downstream,
  taken: ReturnType<typeof createRecords>,
  state: { readonly isPushing: boolean },
  show: () => void,
) => {
  let last = Date.now()
  const poll = async () => {
    while (state.isPushing || (!taken.isComplete() && Date.now() - last < patience)) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
        }),
      )
      const isOurs = Messages.map(taken.take).includes(true)
      if (state.isPushing || isOurs) last = Date.now()
      if (Messages.length === 0) continue
      show()
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    }
  }
  await Promise.all(Array.from({ length: pollers }, poll))
}

/** The message attributes that a subscriber filters by. */
const filtersOf = ({ source, scenario, completeness, disposition }: CallRecord) => ({
  source,
  scenario,
  completeness,
  disposition,
})

/** What has come of each call. Records of other calls than those that were pushed are left out. */
const createRecords = (all: readonly Expected[], inventedId: string) => {
  const expected = new Map(all.map((one) => [one.callId, one]))
  const strangers = new Set<string>()
  const bodies = new Map<string, string>()
  const latest = new Map<string, CallRecord>()
  const contradictions = new Map<string, Difference[]>()
  const complete = new Set<string>()
  let [records, duplicates] = [0, 0]

  return {
    /** @returns whether it is a record of these calls */
    take: ({ Body: body = '', MessageAttributes: attributes = {} }: Message): boolean => {
      const record: CallRecord = JSON.parse(body)
      const wanted = expected.get(record.callId)
      if (record.callId.includes(inventedId)) strangers.add(record.callId)
      if (!wanted) return false
      records++
      const before = bodies.get(record.id)
      if (before !== undefined) duplicates++
      if (before !== undefined && before !== body)
        contradictions.set(record.callId, [{ field: `two contents of ${record.id}`, expected: before, found: body }])
      bodies.set(record.id, body)
      const filters = { ...filtersOf(record), state: 'ended' }
      for (const [name, expected] of Object.entries(filters)) {
        const found = attributes[name]?.StringValue
        if (found !== expected) contradictions.set(record.callId, [{ field: `attribute ${name}`, expected, found }])
      }
      const known = latest.get(record.callId)
      if (known && known.revision >= record.revision) return true
      latest.set(record.callId, record)
      if (record.revision >= wanted.revision) complete.add(record.callId)
      return true
    },
    complete: () => complete.size,
    isComplete: () => complete.size === expected.size,
    result: () => {
      const missing = [...expected.values()].filter(
        ({ callId, revision }) => (latest.get(callId)?.revision ?? 0) < revision,
      )
      const wrong = [...latest.values()].flatMap((record) => {
        const wanted = expected.get(record.callId)
        const isMissing = wanted === undefined || record.revision < wanted.revision
        const differences = [
          ...(isMissing ? [] : compareRecord(wanted, record)),
          ...(contradictions.get(record.callId) ?? []),
        ]
        return differences.length > 0 ? [{ callId: record.callId, differences }] : []
      })
      return {
        records,
        duplicates,
        revisions: bodies.size,
        wrong,
        missing: missing.map(({ callId }) => callId),
        invented: strangers.size,
      }
    },
  }
}
