import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'

// Servers fail in small ways all the time, and one of them in a large way now and then: while one is out, the others are
// well, since a callback that neither the queue nor the table takes is answered with 503 by design.

export const services = ['dynamodb', 'sqs', 'sns'] as const
export type Service = (typeof services)[number]

type Fault = 'dropped' | 'delayed' | 'failed' | 'throttled' | 'reply lost' | 'out'

/** What all proxies have in common. */
export interface Weather {
  /** Share of the requests that something happens to. */
  share: number
  /** The service that is out. */
  out: Service | undefined
  readonly counts: Map<Fault, number>
}

export const createWeather = (): Weather => ({ share: 0, out: undefined, counts: new Map() })

/** Takes the services out in turn, for one to three seconds each, until it is stopped. */
export const startOutages = (weather: Weather, random: Random): { stop: () => Promise<void> } => {
  const stopping = new AbortController()
  const wait = (milliseconds: number) => sleep(milliseconds, undefined, { signal: stopping.signal })
  const run = async () => {
    for (let turn = 0; ; turn++) {
      await wait(random.int(500, 1500))
      weather.out = services[turn % services.length]
      await wait(random.int(1000, 3000))
      weather.out = undefined
    }
  }
  const running = run().catch(() => {
    weather.out = undefined
  })
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

/** In the words of each service's protocol. */
const throttled: { readonly [service in Service]: string } = {
  dynamodb: '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}',
  sqs: '{"__type":"com.amazonaws.sqs#RequestThrottled"}',
  sns: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code><Message/></Error></ErrorResponse>',
}

const smallFaults: readonly [Fault, ...Fault[]] = ['dropped', 'delayed', 'failed', 'throttled', 'reply lost']

/** Stands before a server and does to its requests what the weather says. */
export const createFaultProxy = (service: Service, target: string, weather: Weather, random: Random): Server => {
  const draw = (): Fault | undefined => {
    if (weather.out === service) return 'out'
    return weather.out === undefined && random.chance(weather.share) ? random.pick(smallFaults) : undefined
  }
  return createServer(async (request, response) => {
    const fault = draw()
    if (fault !== undefined) weather.counts.set(fault, (weather.counts.get(fault) ?? 0) + 1)
    const body = await buffer(request).catch(() => Buffer.alloc(0))
    if (fault === 'dropped' || fault === 'out') return request.socket.destroy()
    if (fault === 'failed') return response.writeHead(503).end()
    if (fault === 'throttled') return response.writeHead(400).end(throttled[service])
    if (fault === 'delayed') await sleep(random.int(20, 300))
    return forward(target, request, body, response, fault === 'reply lost')
  })
}

const forward = (
  target: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  isReplyLost: boolean,
): void => {
  const options = { method: request.method ?? 'POST', headers: request.headers }
  const passing = httpRequest(new URL(request.url ?? '/', target), options, (answer) => {
    if (isReplyLost) {
      answer.resume()
      answer.on('end', () => request.socket.destroy())
      return
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  passing.on('error', () => request.socket.destroy())
  // Whoever has given up waits for nothing more.
  response.on('close', () => passing.destroy())
  passing.end(body)
}
