import { isDeepStrictEqual } from 'node:util'
import { storeCallbacks } from '../../functions/store-callbacks.ts'
import { sweep } from '../../functions/sweep.ts'
import { type CallRecord, toCallRecord } from '../../shared/call-record.ts'
import type { CallRecordsTopic, Publication } from '../../shared/call-records-topic.ts'
import type { Callback } from '../../shared/callback.ts'
import type { CallbacksQueue } from '../../shared/callbacks-queue.ts'
import type { CallsReader, CallsTable, StoredCall } from '../../shared/calls-table.ts'
import type { Fact } from '../../shared/fact.ts'
import { type Call, foldCall } from '../../shared/fold-call.ts'
import type { HeldCallback, HeldCallbacks } from '../../shared/held-callbacks.ts'
import { sourceOf, sources } from '../../shared/source.ts'
import { settings } from '../shared/messages.ts'
import { sqsRecord } from '../sqs-record.ts'

// A table, a topic and a queue in memory, in which every step of a function waits for the scheduler. The scheduler lets
// it happen, lets it fail, lets it happen and its answer get lost, or lets it happen and then kills the function.

export type Fate = 'happens' | 'fails' | 'happens and fails' | 'happens and kills' | 'kills'

export interface Step {
  readonly process: string
  readonly name: string
}

interface Waiting extends Step {
  readonly decide: (fate: Fate) => void
}

interface CallItem {
  readonly facts: Map<string, Fact>
  readonly listing: 'open' | 'missing' | 'ended'
  readonly listedAt: string
  readonly heardAt: string
  readonly shown: { readonly talkSeconds: number | undefined; readonly disposition: string | undefined }
}

const lookOf = ({ listedAt, shown }: CallItem): string => JSON.stringify([listedAt, shown])

const firstHeardOf = {
  listing: 'open',
  heardAt: '2026-01-27T10:00:00.000Z',
  shown: { talkSeconds: undefined, disposition: undefined },
} as const

interface Message {
  readonly id: string
  readonly callback: Callback
}

/** Thrown by what was scheduled to fail. A function that fails by it has ended, like one that was killed. */
class Outage extends Error {
  override readonly name = 'Outage'
}

const endsIt = (error: unknown): void => {
  if (!(error instanceof Outage)) throw error
}

const now = new Date('2026-01-27T20:00:00.000Z')

/** Designs that lose something, to see that the checks find it. */
export type Broken =
  | 'deletes messages first'
  | 'removes what is held first'
  | 'marks whatever has ended'
  | 'shows without looking'
  | 'lists without looking'

/** @param tick milliseconds from one write of a call to the next */
export const createWorld = (broken?: Broken, tick = 1) => {
  const toNext = (time: string): string => new Date(Date.parse(time) + tick).toISOString()
  const calls = new Map<string, CallItem>()
  /** Every set of facts that a call ever had, as the record that is due of it. */
  const due = new Map<string, Set<string>>()
  const held = new Map<string, HeldCallback>()
  const quarantined = new Set<string>()
  const messages = new Map<string, Message>()
  const published: { readonly record: CallRecord; readonly state: Publication['state'] }[] = []
  const waiting: Waiting[] = []
  const dead = new Set<string>()
  const state = { sent: 0, scheduled: true }

  const step = <T>(process: string, name: string, act: () => T): Promise<T> => {
    // A function that was killed does nothing more, and nobody hears of what it waits for.
    if (dead.has(process)) return new Promise(() => undefined)
    if (!state.scheduled) return Promise.resolve().then(act)
    return new Promise((resolve, reject) => {
      const decide = (fate: Fate) => {
        waiting.splice(waiting.indexOf(one), 1)
        if (fate === 'fails') return reject(new Outage(name))
        if (fate === 'kills') return void kill(process)
        let result: T
        try {
          result = act()
        } catch (error) {
          return reject(error)
        }
        if (fate === 'happens') return resolve(result)
        if (fate === 'happens and fails') return reject(new Outage(name))
        kill(process)
      }
      const one = { process, name, decide }
      waiting.push(one)
    })
  }

  const kill = (process: string) => {
    dead.add(process)
    for (const one of waiting.filter((other) => other.process === process)) waiting.splice(waiting.indexOf(one), 1)
  }

  const toStored = (callId: string, item: CallItem): StoredCall => ({
    callId,
    facts: [...item.facts.values()],
    isMissing: item.listing === 'missing',
    heardAt: item.heardAt,
    shown: { listedAt: item.listedAt, ...item.shown },
  })

  const remember = (callId: string, item: CallItem) => {
    const record = JSON.stringify(toCallRecord(foldCall(callId, [...item.facts.values()], settings)))
    due.set(callId, (due.get(callId) ?? new Set()).add(record))
  }

  const toListed = (item: CallItem, { endedAt, talkSeconds, disposition }: Call, first: string): CallItem => ({
    ...item,
    listing: 'ended',
    listedAt: endedAt === undefined ? first : new Date(endedAt).toISOString(),
    shown: { talkSeconds, disposition },
  })

  const openTable = (process: string): CallsTable => ({
    addFacts: async (callId, facts, known, first) => {
      const read = (): CallItem => calls.get(callId) ?? { ...firstHeardOf, facts: new Map(), listedAt: first }
      const write = (item: CallItem) => {
        const after = { ...item, heardAt: toNext(item.heardAt) }
        calls.set(callId, after)
        for (const fact of facts) if (!after.facts.has(fact.name)) after.facts.set(fact.name, fact)
        remember(callId, after)
        return toStored(callId, after)
      }
      const writeUnlessEndedOtherwise = () => {
        const before = read()
        const listed = toListed(before, known, first)
        const hasEndedOtherwise = before.listing === 'ended' && lookOf(before) !== lookOf(listed)
        return hasEndedOtherwise && broken !== 'lists without looking' ? undefined : write(listed)
      }
      const listed = known.cdr && (await step(process, 'add facts and list', writeUnlessEndedOtherwise))
      return listed ?? step(process, 'add facts', () => write(read()))
    },
    getCall: (callId) =>
      step(process, 'get call', () => {
        const item = calls.get(callId)
        return item && toStored(callId, item)
      }),
    show: (call, was, first) =>
      step(process, 'show', () => {
        const item = calls.get(call.callId)
        if (item === undefined) return undefined
        const { callId, shown, heardAt } = toStored(call.callId, item)
        const isAsRead = isDeepStrictEqual([shown, heardAt], [was.shown, was.heardAt])
        if (!isAsRead && broken !== 'shows without looking') return undefined
        const after = { ...toListed(item, call, first), heardAt: toNext(item.heardAt) }
        calls.set(callId, after)
        return toStored(callId, after)
      }),
    markMissing: (callId) =>
      step(process, 'mark missing', () => {
        const item = calls.get(callId)
        if (!item || (item.listing === 'ended' && broken !== 'marks whatever has ended')) return undefined
        const missing: CallItem = { ...item, listing: 'missing' }
        calls.set(callId, missing)
        return toStored(callId, missing)
      }),
    quarantine: ({ body }) => step(process, 'quarantine', () => void quarantined.add(body)),
  })

  const openTopic = (process: string): CallRecordsTopic => ({
    publish: async (publications) => {
      try {
        if (publications.length > 0)
          await step(process, 'publish', () =>
            published.push(...publications.map(({ record, state }) => ({ record, state }))),
          )
        return []
      } catch {
        return publications
      }
    },
  })

  const enqueue = (callback: Callback) => {
    const id = `message-${state.sent++}`
    messages.set(id, { id, callback })
  }

  const openQueue = (process: string): CallbacksQueue => ({
    enqueue: (callback) => step(process, 'enqueue', () => enqueue(callback)),
    backlog: async () => ({ messages: 0, deadLetters: 0 }),
  })

  const openHeld = (process: string): HeldCallbacks => ({
    hold: (callback) => step(process, 'hold', () => void held.set(callback.body, { id: callback.body, callback })),
    list: async () => [...held.keys()],
    get: () =>
      step(process, 'get held', () => {
        const found = [...held.values()]
        if (broken === 'removes what is held first') held.clear()
        return found
      }),
    remove: (id) => step(process, 'remove held', () => void held.delete(id)),
  })

  const openReader = (process: string): CallsReader => ({
    getCall: () => Promise.reject(new Error('not asked for')),
    listCalls: () => Promise.reject(new Error('not asked for')),
    listOpen: async (before) =>
      [...calls].flatMap(([callId, item]) =>
        item.listing === 'open' && item.listedAt < before.toISOString() ? [callId] : [],
      ),
    getCalls: (ids) =>
      step(process, 'get calls', () =>
        ids.flatMap((callId) => {
          const item = calls.get(callId)
          return item ? [toStored(callId, item)] : []
        }),
      ),
    countListed: async () => ({ count: 0, oldest: undefined }),
  })

  /** One delivery of messages to a worker; those that it does not return leave the queue at the end. */
  const deliver = async (process: string, ids: readonly string[]): Promise<void> => {
    const batch = ids.flatMap((id) => messages.get(id) ?? [])
    if (broken === 'deletes messages first') for (const { id } of batch) messages.delete(id)
    const { batchItemFailures } = await storeCallbacks(
      batch.map(toRecord),
      openTable(process),
      openTopic(process),
      settings,
      () => undefined,
    )
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    const deleteDone = () => {
      for (const { id } of batch) if (!failed.has(id)) messages.delete(id)
    }
    await step(process, 'delete messages', deleteDone).catch(endsIt)
  }

  const runSweep = (process: string): Promise<void> =>
    sweep(openHeld(process), openReader(process), openQueue(process), settings, () => undefined, now).catch(endsIt)

  /** What comes by itself when all is well again: sweeps, and deliveries until the queue is empty. */
  const settle = async (): Promise<void> => {
    state.scheduled = false
    for (const one of [...waiting]) one.decide('kills')
    for (let round = 0; round < 4; round++) {
      await runSweep(`last sweep ${round}`)
      for (const id of [...messages.keys()]) await deliver(`last delivery ${round} ${id}`, [id])
    }
  }

  return { calls, due, held, quarantined, messages, published, waiting, enqueue, deliver, runSweep, settle }
}

export type World = ReturnType<typeof createWorld>

const toRecord = ({ id, callback: { body, ...attributes } }: Message) => sqsRecord(id, body, { ...attributes })

/** What is not as it has to be once all is well again; nothing if everything is. */
export const faultsOf = (world: World, sent: readonly Callback[]): readonly string[] => {
  const faults: string[] = []
  const facts = new Map<string, Map<string, Fact>>()
  for (const { source, body } of sent)
    for (const { callId, fact } of sources[sourceOf(source)].split(body).found)
      facts.set(callId, (facts.get(callId) ?? new Map()).set(fact.name, fact))

  if (world.messages.size > 0) faults.push(`${world.messages.size} messages are stuck`)
  if (world.held.size > 0) faults.push(`${world.held.size} callbacks are held`)
  for (const [callId, wanted] of facts) {
    const item = world.calls.get(callId)
    const names = (known: ReadonlyMap<string, Fact> = new Map()) => [...known.keys()].sort().join()
    if (names(item?.facts) !== names(wanted)) faults.push(`${callId} has lost facts`)
    const call = foldCall(callId, [...wanted.values()], settings)
    const wantedListing = call.cdr ? 'ended' : 'missing'
    if (item?.listing !== wantedListing) faults.push(`${callId} is listed as ${item?.listing}, not ${wantedListing}`)
    if (
      item &&
      call.cdr &&
      (item.shown.talkSeconds !== call.talkSeconds || item.shown.disposition !== call.disposition)
    )
      faults.push(`${callId} is shown as another call than it is`)
    if (item && call.endedAt !== undefined && call.cdr && item.listedAt !== new Date(call.endedAt).toISOString())
      faults.push(`${callId} is listed at ${item.listedAt}`)
    const records = world.published.flatMap(({ record }) => (record.callId === callId ? [record] : []))
    const latest = records.sort((a, b) => b.revision - a.revision)[0]
    if (JSON.stringify(latest) !== JSON.stringify(toCallRecord(call)))
      faults.push(`the last record of ${callId} has revision ${latest?.revision}, not ${call.revision}`)
  }
  const contents = new Map<string, string>()
  for (const { record } of world.published) {
    const content = JSON.stringify(record)
    if ((contents.get(record.id) ?? content) !== content) faults.push(`two contents share the id ${record.id}`)
    contents.set(record.id, content)
    if (!world.due.get(record.callId)?.has(content)) faults.push(`${record.id} is not what the facts say`)
  }
  return faults
}
