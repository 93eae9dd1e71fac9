import type { SQSRecord } from 'aws-lambda'
import { logFailure } from '../../shared/attempt-all.ts'
import type { FoldSettings } from '../../shared/call.ts'
import { toCallback } from '../../shared/callback-message.ts'
import type { StoredCall } from '../../shared/calls-table.ts'
import { toBatch } from '../../shared/store-facts.ts'
import type { Exchange } from '../http-api.ts'
import { type CallBoard, createCallBoard, toCallRow, toKey } from './call-board.ts'
import { type CallbackLog, createCallbackLog, type LoggedCallback, toRefusalCode } from './callback-log.ts'
import { maskCallbackRow, maskCallRow, maskWaiting } from './masked.ts'
import type { CallbackRow, CallRow, Dropped, Waiting } from './messages.ts'

/** What a page hears, by the name of the event. */
export interface Events {
  readonly calls: readonly CallRow[]
  readonly callbacks: readonly CallbackRow[]
  readonly waiting: Waiting
  readonly dropped: Dropped
}

export interface Listener {
  readonly isMasked: boolean
  readonly send: <K extends keyof Events>(event: K, data: Events[K]) => void
}

/** What came in and what became of it, for as many pages as are open. While none is, nothing is read. */
export interface Feed {
  readonly log: CallbackLog
  readonly board: CallBoard
  readonly onExchange: (exchange: Exchange) => void
  /** @param failed the ids of messages that go back to the queue */
  readonly onBatch: (messages: readonly SQSRecord[], failed: ReadonlySet<string>) => void
  /** Tells a page everything, and then what changes. @returns how to stop */
  readonly listen: (listener: Listener) => () => void
  /** Reads what waits at once, and anew. */
  readonly refresh: () => void
  readonly stop: () => Promise<void>
}

export interface FeedSources {
  readonly readCalls: (callIds: readonly string[]) => Promise<readonly StoredCall[]>
  /** @param again whatever was read before */
  readonly readWaiting: (again: boolean) => Promise<Waiting>
  readonly settings: () => FoldSettings
}

export const limits = { calls: 10_000, callbacks: 2000, bytes: 50_000_000 }

/** Milliseconds: what happens within is told at once. What waits is read again so much later, where nothing happened later still. */
const pause = 200
const waitingPause = 2000
const quietPause = 10_000

const callsAtOnce = 500

export const createFeed = ({ readCalls, readWaiting, settings }: FeedSources): Feed => {
  const log = createCallbackLog(limits)
  const board = createCallBoard(limits.calls)
  const listeners = new Set<Listener>()
  const changed = new Set<LoggedCallback>()
  let waiting: { readonly told: Waiting; readonly text: string } | undefined
  let readAgain = false
  let happened = false
  let waitingReadAt = 0
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> = Promise.resolve()
  let isBusy = false

  const tell = <K extends keyof Events>(event: K, data: Events[K], masked: Events[K], to: Iterable<Listener>) => {
    for (const { isMasked, send } of to) send(event, isMasked ? masked : data)
  }
  const tellCalls = (rows: readonly CallRow[], to: Iterable<Listener> = listeners) => {
    if (rows.length > 0) tell('calls', rows, rows.map(maskCallRow), to)
  }
  const tellCallbacks = (callbacks: Iterable<LoggedCallback>, to: Iterable<Listener> = listeners) => {
    const rows = [...callbacks].map(toCallbackRow)
    if (rows.length > 0) tell('callbacks', rows, rows.map(maskCallbackRow), to)
  }
  const tellDropped = (callKeys: readonly string[], to: Iterable<Listener> = listeners) => {
    const dropped = { calls: board.dropped(), callbacks: log.dropped(), firstCallback: log.dropped() + 1, callKeys }
    if (dropped.calls + dropped.callbacks > 0) tell('dropped', dropped, dropped, to)
  }

  const readChanged = async () => {
    const taken = board.takeChanged(callsAtOnce)
    try {
      const stored = taken.length > 0 ? await readCalls(taken) : []
      const rows = stored.map((call) => toCallRow(call, board.orderOf(call.callId), settings()))
      for (const row of rows) board.set(row)
      tellCalls(rows)
    } catch (error) {
      for (const callId of taken) board.touch(callId)
      throw error
    }
  }

  const readWhatWaits = async () => {
    const since = Date.now() - waitingReadAt
    if (!readAgain && since < (happened ? waitingPause : quietPause)) return
    const again = readAgain
    readAgain = false
    happened = false
    waitingReadAt = Date.now()
    const told = await readWaiting(again)
    // What another run left in the table can be opened, too.
    for (const { text: callId } of told.missing) if (board.orderOf(callId) === 0) board.touch(callId)
    const text = JSON.stringify(told)
    if (waiting?.text === text) return
    waiting = { told, text }
    tell('waiting', told, maskWaiting(told), listeners)
  }

  const onTick = async () => {
    const news = [...changed]
    changed.clear()
    tellCallbacks(news)
    while (timer && board.hasChanged()) await readChanged()
    const callKeys = board.takeDropped()
    if (news.length > 0 || callKeys.length > 0) tellDropped(callKeys)
    await readWhatWaits()
  }

  const start = () => {
    // One reading at a time: a slow table is not asked a second time meanwhile.
    timer ??= setInterval(() => {
      if (isBusy) return
      isBusy = true
      reading = onTick()
        .catch((error: unknown) => logFailure('read for the page', error))
        .finally(() => {
          isBusy = false
        })
    }, pause)
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    waiting = undefined
    changed.clear()
  }
  const refresh = () => {
    readAgain = true
  }

  return {
    log,
    board,

    onExchange: (exchange) => {
      if (!isCallback(exchange)) return
      const body = (exchange.body?.length ?? 0) > maxBodyBytes ? undefined : exchange.body
      const callback = log.add({ ...exchange, body })
      happened = true
      if (timer) changed.add(callback)
    },

    onBatch: (messages, failed) => {
      happened = true
      for (const message of messages) {
        const batch = toBatch([message])
        const state = failed.has(message.messageId) ? 'returned' : 'stored'
        const callback = log.settle(message.body, batch, { verdict: toCallback(message).verdict, state })
        if (callback && timer) changed.add(callback)
        for (const { callId } of [...batch.calls, ...batch.overdue]) board.touch(callId)
        if (batch.rejected.length > 0) readAgain = true
      }
    },

    listen: (listener) => {
      tellDropped([], [listener])
      // The first rows are there before the others are written.
      const rows = [...board.rows()].sort((a, b) => b.order - a.order)
      for (let first = 0; first < rows.length; first += 1000) tellCalls(rows.slice(first, first + 1000), [listener])
      tellCallbacks(log.all(), [listener])
      if (waiting) tell('waiting', waiting.told, maskWaiting(waiting.told), [listener])
      listeners.add(listener)
      start()
      refresh()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },

    refresh,
    stop: async () => {
      listeners.clear()
      stop()
      await reading
    },
  }
}

/** A larger one is not kept: no route takes it. */
const maxBodyBytes = 1024 * 1024

/** What a browser asks for by itself is none. */
const isCallback = ({ method, target, route }: Exchange): boolean =>
  route !== undefined || !/^(GET|HEAD)$/.test(method) || /^\/(status|cdr|hangup)\b/.test(target)

export const toCallbackRow = (callback: LoggedCallback): CallbackRow => {
  const { exchange, id, state, verdict, brought, callIds, rejected, replayOf } = callback
  return {
    id,
    at: new Date(exchange.at).toISOString(),
    method: exchange.method,
    route: exchange.route ?? withoutToken(exchange.target),
    status: exchange.status,
    bytes: exchange.bytes,
    milliseconds: Math.round(exchange.milliseconds * 10) / 10,
    code: toRefusalCode(exchange),
    verdict,
    state,
    brought,
    calls: callIds.slice(0, mostCalls).map((callId) => ({ key: toKey(callId), id: callId })),
    rejected,
    replayOf,
  }
}

/** A documented message brings 50. */
const mostCalls = 50

/** Of a path that no route has, only its beginning is shown: a token may stand anywhere in it, and so may a number. */
const withoutToken = (target: string): string => {
  const [start = ''] = /^\/[A-Za-z][\w.-]{0,31}|^\/$/.exec(target) ?? []
  return start === target ? start.replace(/\d{5,}/g, '…') : `${start.replace(/\d{5,}/g, '…')}/…`
}
