import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servePage } from './serve.ts'

let served: Awaited<ReturnType<typeof servePage>>
let reads = 0

beforeAll(async () => {
  const answer = { statusCode: 200, body: '{}' }
  served = await servePage(
    [
      { method: 'POST', path: '/cdr/{token}', handler: async () => answer },
      { method: 'GET', path: '/calls', isSigned: true, handler: async () => answer },
    ],
    {
      readCalls: async () => {
        reads++
        return []
      },
    },
  )
})
afterAll(() => served.stop())

/** With `Host` and whatever else a browser or a tunnel sets, which fetch would not let through. */
const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const asked = request({ port: served.port, host: '127.0.0.1', method, path, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => {
        body += text
        // A stream does not end by itself.
        if (body.includes('event: reset')) asked.destroy()
      })
      response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })

const paths = [
  '/',
  '/local',
  '/local/page.js',
  '/local/page.css',
  '/local/events',
  '/local/calls/x',
  '/local/callbacks/1',
]

test('all that a browser loads is under 60 KB, comes from here alone, and nothing of it is kept', async () => {
  let bytes = 0
  for (const path of ['/', '/local/page.js', '/local/page.css']) {
    const { status, headers, body } = await ask('GET', path)
    expect([path, status, headers['cache-control'], headers['x-content-type-options']]).toEqual([
      path,
      200,
      'no-store',
      'nosniff',
    ])
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; (?!.*unsafe)/)
    expect(body).not.toMatch(/@import|<script>|<style|\bstyle="|innerHTML|eval\(/)
    // The only address in it is the name space of SVG.
    expect(body.match(/https?:\/\/[^'"]+/g) ?? []).toEqual(path === '/' ? ['http://www.w3.org/2000/svg'] : [])
    bytes += Buffer.byteLength(body)
  }
  expect(bytes).toBeLessThan(60_000)
})

test('who comes from elsewhere finds no page, and no calls either', async () => {
  const outside = [
    { host: 'example.ngrok.app' },
    { host: 'rebound.example:3000' },
    { host: '127.0.0.1.example.com' },
    { host: 'localhost:3000', 'x-forwarded-for': '192.0.2.1' },
    { host: 'localhost', forwarded: 'for=192.0.2.1' },
  ]
  for (const headers of outside) {
    for (const path of paths) {
      const { status, body } = await ask('GET', path, headers)
      expect([path, status, body]).toEqual([path, 404, '{"message":"Not Found"}'])
    }
    expect((await ask('POST', '/local/samples/refused', headers)).status).toBe(404)
    expect(await ask('GET', '/calls', headers)).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' })
    // Callbacks are what a tunnel is for.
    expect((await ask('POST', '/cdr/token', headers)).status).toBe(200)
  }
  for (const host of [`127.0.0.1:${served.port}`, 'localhost', 'LOCALHOST:1', '[::1]:3000'])
    expect((await ask('GET', '/', { host })).status).toBe(200)
  expect((await ask('GET', '/calls', { host: 'localhost' })).status).toBe(200)
})

test('another website can lead to the page, and neither read it nor act through it', async () => {
  const host = `localhost:${served.port}`
  const link = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  expect((await ask('GET', '/', link)).status).toBe(200)
  for (const foreign of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://example.com' },
    { origin: 'http://localhost:1' },
    { origin: 'null' },
  ]) {
    for (const path of ['/local/events', '/local/calls/x', '/local/callbacks/1'])
      expect((await ask('GET', path, { host, ...foreign })).status).toBe(403)
    expect((await ask('POST', '/local/samples/refused', { host, ...foreign })).status).toBe(403)
  }
  const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
  expect((await ask('POST', '/local/callbacks/99/replay', own)).status).toBe(404)
})

test('unknown paths, ids and methods have an answer', async () => {
  for (const path of [
    '/local/',
    '/local/x',
    '/local/calls/',
    '/local/calls/x',
    '/local/callbacks/0',
    '/local/page.ts',
    '/local/../calls/x',
  ])
    expect([path, (await ask('GET', path)).status]).toEqual([path, 404])
  for (const path of ['/', '/local/samples/none', '/local/callbacks/0/replay', '/local/events'])
    expect([path, (await ask('POST', path)).status]).toEqual([path, 404])
  expect((await ask('DELETE', '/local/callbacks/1')).status).toBe(404)
})

test('nothing is read before a page is open', async () => {
  served.feed.board.touch('voice-call/unseen')
  served.feed.refresh()
  for (const path of ['/', '/local/page.js', '/local']) await ask('GET', path)
  expect(reads).toBe(0)
  const stop = served.feed.listen({ isMasked: true, send: () => undefined })
  await expect.poll(() => reads).toBe(1)
  stop()
})

test('callbacks are logged, the rest is not, and one of over 1 MiB is kept without its body', async () => {
  const before = served.feed.log.all().length
  await ask('GET', '/favicon.ico')
  await ask('GET', '/calls')
  await fetch(`${served.url}/cdr/token`, { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) })
  await fetch(`${served.url}/unknown`, { method: 'POST', body: '{}' })
  await expect.poll(() => served.feed.log.all().length).toBe(before + 2)
  const [large, unknown] = served.feed.log.all().slice(before)
  expect(large?.exchange).toMatchObject({ bytes: 2 * 1024 * 1024, body: undefined, route: '/cdr/{token}' })
  expect(unknown?.exchange).toMatchObject({ status: 404, route: undefined })
  const answer = await fetch(`${served.url}/local/callbacks/${large?.id}/replay`, { method: 'POST' })
  expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('too large to be kept')])
})

test('what was for no route is not replayed, since from here it could reach what it was kept from', async () => {
  const before = served.feed.log.all().length
  const headers = { host: 'example.ngrok.app' }
  expect((await ask('POST', '/local/samples/refused', headers)).status).toBe(404)
  await expect.poll(() => served.feed.log.all().length).toBe(before + 1)
  const { id } = served.feed.log.all()[before] ?? { id: 0 }
  expect(await ask('POST', `/local/callbacks/${id}/replay`)).toMatchObject({
    status: 409,
    body: expect.stringContaining('found a path that is no route'),
  })
  expect(served.feed.log.all()).toHaveLength(before + 1)
})

test('no token and no number is shown of paths that no route has, nor of what a proxy tells of them', async () => {
  const before = served.feed.log.all().length
  const token = 'aTokenOfMyOwn-2026'
  for (const path of [
    `/huawei/status/${token}`,
    `/Status/${token}`,
    `//status/${token}`,
    `/status%2F${token}`,
    `/unknown?caller=02087654321`,
    '/02087654321',
  ])
    await ask('POST', path)
  const original = { 'x-original-uri': `/status/${token}`, 'x-caller': '02087654321' }
  await fetch(`${served.url}/cdr/${token}`, { method: 'POST', body: '{}', headers: original })
  await expect.poll(() => served.feed.log.all().length).toBe(before + 7)
  const shown: unknown[] = []
  const stop = served.feed.listen({ isMasked: true, send: (_, data) => shown.push(data) })
  for (const { id } of served.feed.log.all().slice(before))
    shown.push((await ask('GET', `/local/callbacks/${id}`)).body)
  stop()
  expect(JSON.stringify(shown)).toContain('/huawei/…')
  expect(JSON.stringify(shown)).not.toMatch(/aTokenOfMyOwn|02087654321/)
})

test('so many pages may be open, and no more', async () => {
  const open = await Promise.all(
    Array.from({ length: 17 }, async () => {
      const stop = new AbortController()
      const { status } = await fetch(`${served.url}/local/events`, { signal: stop.signal })
      return { status, stop }
    }),
  )
  expect(open.map(({ status }) => status).sort()).toEqual([...Array(16).fill(200), 503])
  for (const { stop } of open) stop.abort()
  await expect.poll(async () => (await ask('GET', '/local/events')).status).toBe(200)
})
