import { once } from 'node:events'
import { createHttpApi, type Route } from '../../local/http-api.ts'
import { createFeed, type FeedSources } from '../../local/page/feed.ts'
import { createPageRoutes } from '../../local/page/routes.ts'
import type { StoredCall } from '../../shared/calls-table.ts'
import { openTable } from '../../shared/table.ts'
import { settings } from '../shared/messages.ts'

const nothingWaits = {
  queues: { callbacks: 0, callRecords: 0, deadLetters: 0 },
  counts: { quarantined: 0, held: 0, missing: 0 },
  quarantined: [],
  held: [],
  missing: [],
  deadLetters: [],
}

/** The page in this process, without the servers behind it. */
export const servePage = async (routes: readonly Route[] = [], given: Partial<FeedSources> = {}) => {
  const sources: FeedSources = {
    readCalls: async () => [],
    readWaiting: async () => nothingWaits,
    settings: () => settings,
    ...given,
  }
  const feed = createFeed(sources)
  const urls = { statusUrl: `/status`, cdrUrl: '/cdr', hangupUrl: '/hangup' }
  const page = createPageRoutes({
    ...sources,
    feed,
    origin: () => url,
    receiver: () => ({ ...urls, secrets: { token: undefined, voiceCall: undefined, aiccKey: undefined } }),
    curl: () => 'curl',
    table: openTable('none'),
    queue: { enqueue: async () => undefined },
  })
  const server = createHttpApi(routes, () => ({ described: true }), page).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  return {
    feed,
    url,
    port,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await feed.stop()
    },
  }
}

export const toStored = (callId: string, facts: StoredCall['facts']): StoredCall => ({
  callId,
  facts,
  isMissing: false,
  heardAt: undefined,
  shown: { talkSeconds: undefined, disposition: undefined, listedAt: undefined },
})
