import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Callback } from '../../shared/callback.ts'
import type { JsonObject } from '../../shared/json.ts'
import { runs } from '../random.ts'
import { cdr, forCall, status } from '../shared/messages.ts'
import type { explore as Explore, runOnce as RunOnce } from './explore.ts'
import type { Broken, createWorld as CreateWorld, Fate, faultsOf as FaultsOf, World } from './world.ts'

let createWorld: typeof CreateWorld
let faultsOf: typeof FaultsOf
let explore: typeof Explore
let runOnce: typeof RunOnce
const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)

beforeAll(async () => {
  // The functions open what the environment names when they are imported; nothing here uses it.
  const settings = {
    CALLS_TABLE: 'x',
    CALLBACKS_QUEUE_URL: 'x',
    DEAD_LETTERS_URL: 'x',
    CALL_RECORDS_TOPIC_ARN: 'x',
    AWS_REGION: 'x',
  }
  const others = {
    AICC_UTC_OFFSET: '+00:00',
    EDITION: '0',
    RETENTION_DAYS: '90',
    PUBLISH: 'ended',
    WORKER_CONCURRENCY: '5',
  }
  for (const [name, value] of Object.entries({ ...settings, ...others })) vi.stubEnv(name, value)
  ;({ createWorld, faultsOf } = await import('./world.ts'))
  ;({ explore, runOnce } = await import('./explore.ts'))
})
afterAll(() => {
  errors.mockRestore()
  vi.unstubAllEnvs()
})

const callback = (body: JsonObject, receivedAt = '2026-01-27T10:00:00.000Z'): Callback => ({
  body: JSON.stringify(body),
  source: 'voice-call',
  verdict: 'off',
  receivedAt,
})
const answer = callback(status('answer', '09:59:00'))
const disconnect = callback(status('disconnect', '10:00:00', { stateCode: 0 }))
const ended = callback(cdr({ callOutAnswerTime: '09:59:00', callEndTime: '10:00:00' }))
const otherEnd = callback(cdr({ callOutAnswerTime: '09:59:00', callEndTime: '10:00:07', ulFailReason: 518 }))

const endAlone = callback(cdr({ callEndTime: '10:00:00' }))
const answerOfOne = callback(status('answer', '09:59:10', { called: '+861' }))
const calloutOfOther = callback(status('callout', '09:59:20', { called: '+862' }))
const lastEnd = callback(cdr({ callOutAnswerTime: '09:59:00', callEndTime: '10:00:30' }))

/** A call of which this is stored. Without a CDR it is overdue: its status event was received ten hours ago. */
const withCall = async (callbacks: readonly Callback[]) => {
  const stored = createWorld()
  for (const one of callbacks) stored.enqueue(one)
  await stored.settle()
  return (broken?: Broken, tick?: number): World => {
    const world = createWorld(broken, tick)
    for (const [callId, { listing, ...item }] of stored.calls)
      world.calls.set(callId, {
        ...{ ...item, facts: new Map(item.facts) },
        listing: listing === 'missing' ? 'open' : listing,
      })
    for (const [callId, records] of stored.due) world.due.set(callId, new Set(records))
    return world
  }
}

/** CDRs with and without times, with equal ends, with codes that decide; legs by their numbers, ends that differ. */
const pool: readonly Callback[] = [
  ...[answer, disconnect, ended, otherEnd, lastEnd, endAlone, answerOfOne, calloutOfOther],
  ...[
    { callOutAnswerTime: '09:59:00' },
    { callOutAnswerTime: '09:59:00', callEndTime: '10:00:30', sipStatusCode: 486, x: 1 },
    { callOutAnswerTime: '09:59:10', callEndTime: '10:00:30', x: 2 },
    { callOutAnswerTime: '09:59:00', callEndTime: '10:00:30', x: 3 },
    { ulFailReason: 518 },
    { ulFailReason: 518, callEndTime: '10:00:10' },
  ].map((fields) => callback(cdr(fields))),
  callback(status('disconnect', '10:00:40', { stateCode: 8013 })),
  callback(status('callout', '09:58:50', { called: '+861' })),
  callback(status('answer', '09:59:30', { called: '+862' })),
]

interface Scenario {
  readonly name: string
  readonly stored: readonly Callback[]
  readonly queued: readonly Callback[]
  readonly held: readonly Callback[]
  /** The messages of each delivery, by their place among those that are queued. */
  readonly deliveries: readonly (readonly number[])[]
  readonly crashes?: number
  /** Milliseconds from one write of a call to the next. */
  readonly tick?: number
}

const scenarios: readonly Scenario[] = [
  {
    name: 'one message is delivered to two workers',
    stored: [answer],
    queued: [ended],
    held: [],
    deliveries: [[0], [0]],
  },
  {
    name: 'a status event and the CDR of its call meet',
    stored: [answer],
    queued: [disconnect, ended],
    held: [],
    deliveries: [[0], [1]],
  },
  { name: 'two CDRs that differ meet', stored: [answer], queued: [ended, otherEnd], held: [], deliveries: [[0], [1]] },
  {
    name: 'a CDR is held while a status event is queued',
    stored: [answer],
    queued: [disconnect],
    held: [ended],
    deliveries: [[0], [0]],
  },
  {
    name: 'two messages in one batch, one of them twice',
    stored: [answer],
    queued: [disconnect, ended],
    held: [],
    deliveries: [[0, 1], [1]],
  },
  {
    name: 'two CDRs that differ in one batch, the one that does not count twice',
    stored: [answer],
    queued: [ended, lastEnd],
    held: [],
    deliveries: [[0, 1], [0]],
  },
  {
    name: 'two CDRs that differ from that of the call meet, one of them twice',
    stored: [answer, ended],
    queued: [otherEnd, lastEnd],
    held: [],
    deliveries: [[0], [0, 1]],
    crashes: 1,
  },
  {
    name: 'a status event makes the call look as another made it not look, in one millisecond',
    stored: [endAlone],
    queued: [answerOfOne, calloutOfOther],
    held: [],
    deliveries: [[0], [1]],
    crashes: 0,
    tick: 0,
  },
]

/** Every order of the steps of two deliveries and one sweep, with every two crashes at most where nothing else is said. */
const exploreScenario = async ({ stored, queued, held, deliveries, crashes = 2, tick }: Scenario, broken?: Broken) => {
  const begin = await withCall(stored)
  let lost = 0
  let first: string | undefined
  const start = () => {
    const world = begin(broken, tick)
    for (const one of queued) world.enqueue(one)
    for (const one of held) world.held.set(one.body, { id: one.body, callback: one })
    const ids = [...world.messages.keys()]
    for (const [n, places] of deliveries.entries())
      void world.deliver(
        `worker ${n}`,
        places.flatMap((place) => ids[place] ?? []),
      )
    void world.runSweep('sweep')
    return world
  }
  const schedules = await explore(crashes, start, async (world, schedule) => {
    await world.settle()
    const faults = faultsOf(world, [...stored, ...queued, ...held])
    if (faults.length > 0) lost++
    if (faults.length > 0) first ??= [...faults, 'after', ...schedule].join('\n')
  })
  return { schedules, lost, first }
}

describe('over every order of steps, with every one or two crashes', () => {
  test.each(scenarios)('$name while the sweep runs, and nothing is lost', async (scenario) => {
    const { schedules, first } = await exploreScenario(scenario)
    expect(first).toBeUndefined()
    expect(schedules).toBeGreaterThan(scenario.crashes === 0 ? 30 : 500)
  })

  test.each<[Broken, number]>([
    ['deletes messages first', 0],
    ['removes what is held first', 3],
    ['marks whatever has ended', 1],
    ['lists without looking', 5],
    ['shows without looking', 6],
  ])('a design that %s is found out', async (broken, place) => {
    const scenario = scenarios[place]
    expect(scenario && (await exploreScenario(scenario, broken)).lost).toBeGreaterThan(0)
  })
})

describe('under random faults of calls that mix in batches', () => {
  const bodies = ['x', 'y', 'z'].flatMap((id) => pool.map(({ body }) => callback(forCall(JSON.parse(body), id))))
  const unreadable = callback({ eventType: 'answer' })
  const fate = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('happens') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('fails', 'happens and fails', 'happens and kills', 'kills') },
  )
  const schedule = fc.record({
    queued: fc.array(fc.constantFrom(...bodies, unreadable), { minLength: 1, maxLength: 12 }),
    held: fc.uniqueArray(fc.constantFrom(...bodies), { maxLength: 4 }),
    deliveries: fc.array(fc.array(fc.nat(11), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
    sweeps: fc.nat(2),
    fates: fc.array(fc.tuple(fc.nat(), fate), { maxLength: 60 }),
  })
  const seen = new Set<Fate>()
  const property = fc.asyncProperty(schedule, async ({ queued, held, deliveries, sweeps, fates }) => {
    const world = createWorld()
    for (const one of queued) world.enqueue(one)
    for (const one of held) world.held.set(one.body, { id: one.body, callback: one })
    const ids = [...world.messages.keys()]
    for (const [n, places] of deliveries.entries())
      void world.deliver(`worker ${n}`, [...new Set(places.flatMap((place) => ids[place] ?? []))])
    for (let n = 0; n < sweeps; n++) void world.runSweep(`sweep ${n}`)
    const left = fates.values()
    await runOnce(world, (steps) => {
      const [step, chosen] = left.next().value ?? ([0, 'happens'] as const)
      seen.add(chosen)
      return [step % steps, chosen]
    })
    await world.settle()
    const sent = [...queued, ...held]
    expect(faultsOf(world, sent)).toEqual([])
    expect(world.quarantined.size).toBe(queued.includes(unreadable) ? 1 : 0)
  })

  test('nothing is lost', async () => {
    await fc.assert(property, runs(4000))
    expect(seen.size).toBe(5)
  })
})
