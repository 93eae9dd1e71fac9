import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Callback } from '../../shared/callback.ts'
import { openSendMessage } from '../../shared/send-message.ts'

const queueUrl = 'http://sqs.eu-west-1.example.com/000000000000/callbacks'
const callback: Callback = {
  body: '{"eventType":"fee","feeLst":["\uffff é"]}',
  source: 'voice-call',
  verdict: 'off',
  receivedAt: '2026-01-27T10:00:00.000Z',
}
/** As SQS refuses characters that JSON allows. */
const sentBody = '{"eventType":"fee","feeLst":["\\uffff é"]}'

interface Request {
  readonly method: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly port: number | undefined
}

let server: Server
let requests: Request[]
let environment: Record<string, string>
let reply: (response: ServerResponse, request: Request) => void

const md5 = (value: string) => createHash('md5').update(value).digest('hex')
const take = (response: ServerResponse, { body }: Request) =>
  response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody: md5(JSON.parse(body).MessageBody) }))

beforeEach(async () => {
  requests = []
  reply = take
  server = createServer(async (request, response) => {
    const { method, headers, socket } = request
    const read = { method, headers, body: await text(request), port: socket.remotePort }
    requests.push(read)
    if (method === 'GET') response.writeHead(404).end('<UnknownOperationException/>')
    else reply(response, read)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  environment = {
    AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  }
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test('one signed request carries the callback and what is known of it, over the connection of the start', async () => {
  const send = await openSendMessage(queueUrl, environment)
  expect(requests.map(({ method }) => method)).toEqual(['GET'])
  await send(callback, 5000)
  await send(callback, 5000)
  expect(new Set(requests.map(({ port }) => port)).size).toBe(1)
  const [, { method, headers, body } = { method: '', headers: {}, body: '' }] = requests
  expect(method).toBe('POST')
  expect(JSON.parse(body)).toEqual({
    QueueUrl: queueUrl,
    MessageBody: sentBody,
    MessageAttributes: {
      source: { DataType: 'String', StringValue: 'voice-call' },
      verdict: { DataType: 'String', StringValue: 'off' },
      receivedAt: { DataType: 'String', StringValue: '2026-01-27T10:00:00.000Z' },
    },
  })
  expect(headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.0',
    'content-length': String(Buffer.byteLength(body)),
    'x-amz-target': 'AmazonSQS.SendMessage',
    'x-amz-security-token': 'session',
  })
  const signed = 'SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,'
  expect(headers.authorization).toContain(`AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/`)
  expect(headers.authorization).toContain(`/eu-west-1/sqs/aws4_request, ${signed} Signature=`)
})

test('an answer that is no success fails by the name that SQS gives it', async () => {
  const send = await openSendMessage(queueUrl, environment)
  const answers: [number, string, string][] = [
    [400, '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"…"}', 'QueueDoesNotExist'],
    [403, '{"__type":"AWS.SimpleQueueService.Denied"}', 'AWS.SimpleQueueService.Denied'],
    [400, '{"__type":["+8613800000021 "]}', '400'],
    [503, '<html>', '503'],
    [500, 'null', '500'],
    [200, '{"MD5OfMessageBody":"d41d8cd98f00b204e9800998ecf8427e"}', 'ChecksumMismatch'],
    [200, '', 'ChecksumMismatch'],
  ]
  for (const [status, body, name] of answers) {
    reply = (response) => response.writeHead(status).end(body)
    await expect(send(callback, 5000), body).rejects.toMatchObject({ name })
  }
  reply = take
  await send(callback, 5000)
})

test('what hangs is given up when the patience is, wherever it hangs', async () => {
  const send = await openSendMessage(queueUrl, environment)
  const hangs = [
    () => undefined,
    (response: ServerResponse) => response.writeHead(200, { 'content-length': '100' }).write('{'),
  ]
  for (const hang of hangs) {
    reply = hang
    await expect(send(callback, 50)).rejects.toMatchObject({ name: 'Timeout' })
  }
})

test('a connection that the server closed is opened again by the next try, and one that it breaks off fails', async () => {
  const send = await openSendMessage(queueUrl, environment)
  reply = (response) => response.socket?.destroy()
  await expect(send(callback, 5000)).rejects.toMatchObject({ code: 'ECONNRESET' })
  reply = (response) => response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy())
  await expect(send(callback, 5000)).rejects.toMatchObject({ code: 'ECONNRESET' })
  reply = take
  await send(callback, 5000)
  expect(new Set(requests.map(({ port }) => port)).size).toBe(3)
})

test('a queue that cannot be reached at the start keeps no function from starting', async () => {
  const { port } = server.address() as AddressInfo
  server.close()
  const send = await openSendMessage(queueUrl, environment)
  await expect(send(callback, 5000)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  await send(callback, 5000)
})

test('without an endpoint of its own the queue is where its URL says, over TLS', async () => {
  const { port } = server.address() as AddressInfo
  const { AWS_ENDPOINT_URL_SQS: _, ...without } = environment
  const send = await openSendMessage(`https://127.0.0.1:${port}/000000000000/callbacks`, without)
  await expect(send(callback, 5000)).rejects.toMatchObject({ code: expect.stringMatching(/SSL|EPROTO/) })
  const { AWS_REGION: __, ...nowhere } = environment
  await expect(openSendMessage(queueUrl, nowhere)).rejects.toThrow('AWS_REGION')
  await expect(openSendMessage('callbacks', without)).rejects.toThrow('found no URL as CALLBACKS_QUEUE_URL')
})

test('a message without a platform has no such attribute', async () => {
  const send = await openSendMessage(queueUrl, { ...environment, AWS_SESSION_TOKEN: '' })
  await send({ ...callback, source: '' }, 5000)
  const { body, headers } = requests.at(-1) ?? { body: '', headers: {} }
  expect(Object.keys(JSON.parse(body).MessageAttributes)).toEqual(['verdict', 'receivedAt'])
  expect(headers).not.toHaveProperty('x-amz-security-token')
})
