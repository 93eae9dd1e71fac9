import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { openTable } from '../../shared/table.ts'

test('a process that stands still while it connects has a connection all the same', async () => {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Item":{"id":{"S":"x"}}}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  const environment = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`)

  // Once the request has been made and its timers run.
  const standStill = () => {
    unsubscribe('net.client.socket', standStill)
    process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500))
  }
  subscribe('net.client.socket', standStill)
  const { client, name } = openTable('calls', 1)
  const { Item } = await client.send(new GetItemCommand({ TableName: name, Key: { id: { S: 'x' } } }))
  expect(Item).toEqual({ id: { S: 'x' } })
  client.destroy()
  server.close()
})
