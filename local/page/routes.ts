import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { requeue } from '../../operate/listed.ts'
import { logFailure } from '../../shared/attempt-all.ts'
import { toCallView } from '../../shared/call-view.ts'
import type { CallbacksQueue } from '../../shared/callbacks-queue.ts'
import { getItem, type Table } from '../../shared/table.ts'
import type { LocalPage } from '../http-api.ts'
import type { Receiver } from '../simulator/platform.ts'
import { createRandom } from '../simulator/random.ts'
import { bundlePage, type PageFiles } from './bundle.ts'
import { toCallRow } from './call-board.ts'
import { type Feed, type FeedSources, limits, toCallbackRow } from './feed.ts'
import { isOwn } from './guard.ts'
import { maskCallbackDetail, maskCallDetail, maskListedDetail } from './masked.ts'
import type { CallbackDetail, CallDetail, ListedDetail, Reset } from './messages.ts'
import { replay, toPairs } from './replay.ts'
import { samples } from './samples.ts'
import { toListedRow } from './waiting.ts'

export interface PageSources extends Pick<FeedSources, 'readCalls' | 'settings'> {
  readonly feed: Feed
  /** Of this server; known once it listens. */
  readonly origin: () => string
  /** What samples are pushed to. */
  readonly receiver: () => Receiver
  readonly curl: () => string
  readonly table: Table
  readonly queue: Pick<CallbacksQueue, 'enqueue'>
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly body: string
}

const json = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) })
const notFound = json({ message: 'Not Found' }, 404)

const gone = (what: string) =>
  json({ message: `Cannot show the ${what}: found none with this id, wanted one that is still kept` }, 404)

/** Nothing is loaded from elsewhere, nothing is kept, and no other site may frame it or learn where it leads. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

/** Each holds what it has not read yet. */
const maxStreams = 16

/** A page that reads so much slower than it is told starts anew. */
const maxUnread = 32 * 1024 * 1024

/**
 * `GET /` and what the page asks for below `/local/`. The caller has made sure that the request is of this machine; here it
 * is made sure that no other website made the browser ask.
 */
export const createPageRoutes = (sources: PageSources): LocalPage & { readonly prepare: () => void } => {
  const { feed, readCalls, settings, table } = sources
  const run = randomUUID()
  let files: Promise<PageFiles> | undefined

  const loadFiles = () => {
    files ??= bundlePage().catch((error: unknown) => {
      files = undefined
      throw error
    })
    return files
  }

  let streams = 0
  const stream = (response: ServerResponse, isMasked: boolean) => {
    streams++
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
    const writeText = (text: string) => {
      if (response.writableLength > maxUnread) response.destroy()
      else response.write(text)
    }
    const write = (event: string, data: unknown) => writeText(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    const reset: Reset = {
      run,
      curl: sources.curl(),
      samples: samples.map(({ name, label }) => ({ name, label })),
      limits: { calls: limits.calls, callbacks: limits.callbacks },
    }
    response.write('retry: 1000\n\n')
    write('reset', reset)
    const stop = feed.listen({ isMasked, send: write })
    // Without a word now and then, what lies between would take the connection for dead.
    const alive = setInterval(() => writeText(':\n\n'), 15_000)
    response.once('close', () => {
      streams--
      clearInterval(alive)
      stop()
    })
  }

  const showCall = async (key: string, isMasked: boolean): Promise<Answer> => {
    const callId = feed.board.callIdOf(key)
    const [stored] = callId === undefined ? [] : await readCalls([callId])
    if (!stored) return gone('call')
    const detail: CallDetail = {
      row: toCallRow(stored, feed.board.orderOf(stored.callId), settings()),
      view: toCallView(stored, settings()),
      callbacks: feed.log
        .all()
        .filter(({ callIds }) => callIds.includes(stored.callId))
        .map(toCallbackRow),
    }
    return json(isMasked ? maskCallDetail(detail) : detail)
  }

  const showCallback = (id: string, isMasked: boolean): Answer => {
    const callback = feed.log.get(Number(id))
    if (!callback) return gone('callback')
    const { exchange } = callback
    const detail: CallbackDetail = {
      row: toCallbackRow(callback),
      headers: toPairs(exchange.headers),
      body: exchange.body?.toString('utf8'),
      answer: exchange.answer,
    }
    return json(isMasked ? maskCallbackDetail(detail) : detail)
  }

  const showListed = async (id: string, isMasked: boolean): Promise<Answer> => {
    const item = await getItem(table, id)
    if (!item) return gone('record')
    const detail: ListedDetail = { row: toListedRow(item), body: item.body?.S ?? '' }
    return json(isMasked ? maskListedDetail(detail) : detail)
  }

  const show = async (path: string, isMasked: boolean): Promise<Answer> => {
    const [, what, id = ''] = /^\/local\/(calls|callbacks|quarantined|held)\/([\w-]+)$/.exec(path) ?? []
    if (what === 'calls') return showCall(id, isMasked)
    if (what === 'callbacks') return showCallback(id, isMasked)
    if (what !== undefined) return showListed(`${what}/${id}`, isMasked)
    const file = (await loadFiles()).get(path)
    return file ? { status: 200, type: file.type, body: file.text } : notFound
  }

  const send = (name: string): Answer => {
    const sample = samples.find((one) => one.name === name)
    if (!sample) return notFound
    const now = new Date()
    // Its callbacks come one after the other; the page sees them come.
    sample
      .send(sources.receiver(), now, createRandom(now.getTime(), 0))
      .catch((error: unknown) => logFailure('send a sample', error))
    return json({ message: `Sending: ${sample.label}` }, 202)
  }

  const pushAgain = async (id: string): Promise<Answer> => {
    const callback = feed.log.get(Number(id))
    if (!callback) return gone('callback')
    if (callback.exchange.body === undefined)
      return json({ message: 'Cannot replay: found a body too large to be kept, wanted one of at most 1 MiB' }, 409)
    // It was not for a callback's path; from here it could reach what it was kept from.
    if (callback.exchange.route === undefined)
      return json({ message: 'Cannot replay: found a path that is no route, wanted a callback' }, 409)
    feed.log.expectReplay(callback)
    return json({ message: `Replayed #${id}: ${await replay(callback.exchange, sources.origin())}` })
  }

  const putThrough = async (id: string): Promise<Answer> => {
    const item = await getItem(table, `quarantined/${id}`)
    if (!item) return gone('record')
    await requeue(sources.queue, table, item)
    feed.refresh()
    return json({ message: 'The record is on the queue again; what is still at fault is quarantined again' })
  }

  const act = async (path: string): Promise<Answer> => {
    const [, sample] = /^\/local\/samples\/([\w-]+)$/.exec(path) ?? []
    if (sample) return send(sample)
    const [, callback] = /^\/local\/callbacks\/(\d+)\/replay$/.exec(path) ?? []
    if (callback) return pushAgain(callback)
    const [, record] = /^\/local\/quarantined\/([\w-]+)\/requeue$/.exec(path) ?? []
    return record ? putThrough(record) : notFound
  }

  return {
    onExchange: feed.onExchange,

    // Whoever asks after a failure is told of it.
    prepare: () => void loadFiles().catch(() => undefined),

    answer: async (request, response, url) => {
      const end = ({ status, type = 'application/json', body }: Answer) => {
        response.writeHead(status, { ...headers, 'content-type': type })
        response.end(body)
      }
      // A link on any site may lead to the page; that tells the site nothing.
      const isVisit = request.method === 'GET' && url.pathname === '/'
      if (!isVisit && !isOwn(request.headers))
        return end(json({ message: "Cannot answer: found another site's request, wanted one of this page" }, 403))
      request.resume()
      const isMasked = url.searchParams.get('numbers') !== 'shown'
      if (request.method === 'GET' && url.pathname === '/local/events') {
        if (streams < maxStreams) return stream(response, isMasked)
        return end(json({ message: `Cannot show more: found ${maxStreams} open pages, wanted fewer` }, 503))
      }
      if (request.method === 'GET') return end(await show(url.pathname, isMasked))
      if (request.method === 'POST') return end(await act(url.pathname))
      end(notFound)
    },
  }
}
