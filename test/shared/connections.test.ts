import { spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { attemptAll } from '../../shared/attempt-all.ts'
import { getItem, openTable } from '../../shared/table.ts'

/** A table in a process of its own, which closes connections of 2 seconds' age while this one stands still. */
const program = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => {
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Item":{"id":{"S":"x"}}}')
    }, 20))
  })
  server.keepAliveTimeout = 2000
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`
const server = spawn(process.execPath, ['-e', program])

beforeAll(async () => {
  const [port] = await once(server.stdout.setEncoding('utf8'), 'data')
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${Number(port)}`)
  for (const name of ['REGION', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY']) vi.stubEnv(`AWS_${name}`, 'x')
})
afterAll(() => {
  server.kill()
  vi.unstubAllEnvs()
})

/** Nothing of this process runs meanwhile, as when Lambda freezes it. */
const standStill = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

test('a process that stands still while it connects has a connection all the same', async () => {
  // Once the request has been made and its timers run.
  const onConnecting = () => {
    unsubscribe('net.client.socket', onConnecting)
    process.nextTick(() => standStill(1500))
  }
  subscribe('net.client.socket', onConnecting)
  const table = openTable('calls', 1)
  expect(await getItem(table, 'x')).toEqual({ id: { S: 'x' } })
  table.client.destroy()
})

test.each([1, 100])(
  'connections that were closed while the process stood still fail none of %d requests',
  async (count) => {
    const table = openTable('calls')
    const get = (requests: number) =>
      attemptAll(
        () => 'get',
        Array.from({ length: requests }, (_, n) => String(n)),
        (id) => getItem(table, id),
      )
    await get(100)
    standStill(6000)
    expect(await get(count)).toMatchObject({ failed: [], done: { length: count } })
    table.client.destroy()
  },
)
