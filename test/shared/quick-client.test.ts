import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { toQuickClient } from '../../shared/quick-client.ts'

const clientOf = (server: Server) => {
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    cacheMiddleware: true,
  })
}

test('what is taken out is there to be taken out, and requests are the same without it', async () => {
  const agents: (string | undefined)[] = []
  const server = createServer((request, response) => {
    agents.push(request.headers['user-agent'])
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Item":{"id":{"S":"x"}}}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = clientOf(server)
  const before = client.middlewareStack.identify().length
  expect(toQuickClient(client)).toBe(client)
  expect(client.middlewareStack.identify()).toHaveLength(before - 1)
  const { Item } = await client.send(new GetItemCommand({ TableName: 'calls', Key: { id: { S: 'x' } } }))
  expect([Item, agents]).toEqual([{ id: { S: 'x' } }, [undefined]])
  client.destroy()
  server.close()
})

test('a client that was idle opens new connections, and one that is in use keeps them', async () => {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}')
  }).listen(0, '127.0.0.1')
  let connections = 0
  server.on('connection', () => connections++)
  await once(server, 'listening')
  const client = toQuickClient(clientOf(server))
  const get = () => client.send(new GetItemCommand({ TableName: 'calls', Key: { id: { S: 'x' } } }))
  vi.useFakeTimers({ toFake: ['Date'] })
  await Promise.all([get(), get()])
  vi.setSystemTime(Date.now() + 5000)
  await Promise.all([get(), get()])
  expect(connections).toBe(2)
  vi.setSystemTime(Date.now() + 5001)
  await Promise.all([get(), get()])
  expect(connections).toBe(4)
  vi.setSystemTime(Date.now() + 5001)
  await get()
  const slow = get()
  vi.setSystemTime(Date.now() + 5001)
  await Promise.all([slow, get()])
  expect(connections).toBe(6)
  vi.useRealTimers()
  client.destroy()
  server.close()
})
