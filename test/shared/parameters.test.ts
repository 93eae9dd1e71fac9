import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createParameterStore } from '../../local/embedded-parameters.ts'
import { openParameters, toParameter } from '../../shared/parameters.ts'

const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
let servers: Server[] = []
let requests = 0
/** What the store holds, and what is wrong with it. */
const stored = new Map<string, string>()
let trouble: 'none' | 'refuses' | 'is silent' | 'is slow' = 'none'

const listen = async (server: Server) => {
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeEach(async () => {
  const store = createParameterStore(stored)
  const endpoint = await listen(
    createServer((request, response) => {
      requests++
      if (trouble === 'refuses') response.writeHead(500).end('{}')
      else if (trouble === 'is slow') setTimeout(() => store.emit('request', request, response), 400)
      else if (trouble === 'none') store.emit('request', request, response)
    }),
  )
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', endpoint)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x')
  stored.clear()
  requests = 0
  trouble = 'none'
  log.mockClear()
})
afterEach(() => {
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
  servers = []
  vi.unstubAllEnvs()
})

const at = (seconds: number) => new Date(1_769_508_000_000 + seconds * 1000)
const parse = (text: string) => {
  if (text === 'bad') throw new Error('Cannot read a secret: found bad, wanted good')
  if (text === 'odd') throw text
  return text.length
}

test('all are read with one request when opened, and again when they are five minutes old', async () => {
  stored.set('/a', '1').set('/b', '22')
  const [a, b, none] = [toParameter('/a', parse), toParameter('/b', parse), toParameter('', parse)]
  const refresh = await openParameters([a, b, none], 5000, true, at(0))
  expect([requests, a.value(), b.value(), none.value()]).toEqual([1, 1, 2, undefined])
  stored.set('/b', '333')
  await refresh(at(299))
  expect([requests, b.value()]).toEqual([1, 2])
  await Promise.all([refresh(at(300)), refresh(at(300))])
  expect([requests, b.value()]).toEqual([2, 3])
  expect(log).not.toHaveBeenCalled()
})

test('without a name nothing is asked for', async () => {
  const refresh = await openParameters([toParameter('', parse)], 5000, true, at(0))
  await refresh(at(1000))
  expect(requests).toBe(0)
})

describe('the last good value stays', () => {
  test('while the store refuses, is silent or is not there, and is asked again every ten seconds', async () => {
    stored.set('/a', '1')
    const a = toParameter('/a', parse)
    const refresh = await openParameters([a], 5000, true, at(0))
    stored.set('/a', '22')
    for (const [name, seconds] of [
      ['refuses', 300],
      ['is silent', 310],
    ] as const) {
      trouble = name
      await refresh(at(seconds))
      expect(a.value()).toBe(1)
    }
    const before = requests
    trouble = 'none'
    await refresh(at(319))
    expect([requests - before, a.value()]).toEqual([0, 1])
    await refresh(at(320))
    expect([requests - before, a.value()]).toEqual([1, 2])
    for (const server of servers) server.closeAllConnections()
    for (const server of servers.splice(0)) server.close()
    await refresh(at(620))
    expect(a.value()).toBe(2)
    expect(log.mock.calls.map(([line]) => line)).toEqual(
      Array(3).fill(expect.stringMatching(/^Cannot read the secrets: \w+$/)),
    )
  })

  test('when it was taken away or cannot be read, and the log does not show it', async () => {
    stored.set('/a', '1').set('/b', 'bad')
    const [a, b, c] = [toParameter('/a', parse), toParameter('/b', parse), toParameter('/c', parse)]
    const refresh = await openParameters([a, b, c], 5000, true, at(0))
    expect([a.value(), b.value(), c.value()]).toEqual([1, undefined, undefined])
    expect(log.mock.calls.flat()).toEqual([
      'Cannot read a secret: found bad, wanted good: parameter /b',
      'Cannot read a secret: found no such parameter, wanted a SecureString: parameter /c',
    ])
    stored.set('/c', 'odd')
    stored.delete('/a')
    stored.set('/b', '1')
    await refresh(at(10))
    expect([a.value(), b.value(), c.value()]).toEqual([1, 1, undefined])
    expect(log.mock.lastCall).toEqual(['string: parameter /c'])
  })
})

test('one that cannot be read any more stays as it was', async () => {
  stored.set('/a', '1')
  const a = toParameter('/a', parse)
  const refresh = await openParameters([a], 5000, true, at(0))
  stored.set('/a', 'bad')
  await refresh(at(300))
  expect(a.value()).toBe(1)
})

test('while there is no value, every request asks', async () => {
  trouble = 'refuses'
  stored.set('/a', '1')
  const a = toParameter('/a', parse)
  const refresh = await openParameters([a], 50, true, at(0))
  expect(a.value()).toBeUndefined()
  trouble = 'none'
  while (a.value() === undefined) await refresh(at(0))
  expect(a.value()).toBe(1)
})

test('what can go on without a value is not kept waiting by each request', async () => {
  trouble = 'refuses'
  const refresh = await openParameters([toParameter('/a', parse)], 50, false, at(0))
  // The last request of those that were given up may still be on its way.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const before = requests
  await refresh(at(9))
  expect(requests).toBe(before)
  trouble = 'none'
  await refresh(at(10))
  expect(requests).toBe(before + 1)
})

test('a request waits a third of a second, and longer when the value has been too old for long', async () => {
  stored.set('/a', '1')
  const a = toParameter('/a', parse)
  const refresh = await openParameters([a], 5000, true, at(0))
  stored.set('/a', '22')
  trouble = 'is slow'
  await refresh(at(300))
  expect(a.value()).toBe(1)
  // However late this process comes to read the answer, it was too late before.
  for (let seconds = 1801; a.value() === 1; seconds += 10) await refresh(at(seconds))
  expect(a.value()).toBe(2)
})

test.each(['refuses', 'is silent'] as const)(
  'a store that %s at first is asked again while it is opened',
  async (name) => {
    stored.set('/a', '1')
    trouble = name
    const opening = openParameters([toParameter('/a', parse)], 5000, true, at(0))
    while (requests < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    trouble = 'none'
    await opening
    expect(log).not.toHaveBeenCalled()
  },
)
