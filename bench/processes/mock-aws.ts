import { createServer } from 'node:http'
import * as v from 'valibot'
import { answerQueue } from '../mock-queue.ts'
import { createFullTable, createMockTable, type Refusal } from '../mock-table.ts'
import { answerTopic } from '../mock-topic.ts'
import { toQuartiles } from '../statistics.ts'

// One of AWS's services in a process of its own: `node mock-aws.mjs <queue|table|full-table|topic> <delay in ms>`. It says {port} when it
// listens. A message {ask: 'record'} lets it keep the requests that follow, {ask: 'recorded'} asks for them,
// {ask: 'delays'} for how long the last 20,000 answers took from the end of their requests, in ms.

const [, , service = '', delay = '0'] = process.argv
const services: { readonly [name: string]: (operation: string, body: string) => string | Refusal } = {
  queue: answerQueue,
  table: createMockTable(),
  'full-table': createFullTable({ callEndTime: '2030-01-01 00:00:00' }, 60_000),
  topic: answerTopic,
}
const reply = services[service]
if (!reply) throw new Error(`Cannot start: found ${service}, wanted one of ${Object.keys(services).join(', ')}`)
const type = service === 'topic' ? 'text/xml' : 'application/x-amz-json-1.0'
const milliseconds = Number(delay)

let recorded: { path: string; headers: Record<string, string>; body: string }[] | undefined
let delays: number[] = []

const server = createServer((request, response) => {
  // A function may open its connection before it has anything to send.
  if (request.method !== 'POST') {
    response.writeHead(404).end()
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const arrived = performance.now()
    const body = Buffer.concat(chunks).toString()
    const target = String(request.headers['x-amz-target'] ?? '')
    recorded?.push({
      path: request.url ?? '/',
      headers: { 'content-type': request.headers['content-type'] ?? '', ...(target && { 'x-amz-target': target }) },
      body,
    })
    const replied = reply(target.split('.')[1] ?? '', body)
    const { status, body: text } = typeof replied === 'string' ? { status: 200, body: replied } : replied
    const answer = Buffer.from(text)
    const send = () => {
      if (delays.length === 20_000) delays = []
      delays.push(performance.now() - arrived)
      response.writeHead(status, { 'content-type': type, 'content-length': answer.length }).end(answer)
    }
    if (milliseconds === 0) send()
    else setTimeout(send, milliseconds)
  })
})
// A variant waits for its turn with its connection open.
server.keepAliveTimeout = 0

const Question = v.object({ ask: v.picklist(['record', 'recorded', 'delays']) })

process.on('message', (message) => {
  const { ask } = v.parse(Question, message)
  if (ask === 'record') recorded = []
  process.send?.(ask === 'delays' ? toQuartiles(delays) : (recorded ?? []))
  if (ask === 'recorded') recorded = undefined
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
