import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { logFailure } from '../shared/attempt-all.ts'
import { isLocal } from './page/guard.ts'

/** A route as an HTTP API has it: `/calls/{source}/{id+}`. */
export interface Route {
  readonly method: string
  readonly path: string
  /** Only signed AWS requests get in. Here nobody can sign, so it is the machine's own that do. */
  readonly isSigned?: boolean
  readonly handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>
}

/** One request beside those of the page, and its answer. */
export interface Exchange {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly method: string
  /** As it was requested, the token included. */
  readonly target: string
  /** The path of its route as serverless.yml has it. */
  readonly route: string | undefined
  /** Names and values by turns. */
  readonly headers: readonly string[]
  readonly bytes: number
  /** Absent of one that is too large for any route. */
  readonly body: Buffer | undefined
  readonly status: number
  readonly answer: string
  readonly milliseconds: number
}

/** What only this machine has, at `/` and below `/local`. */
export interface LocalPage {
  readonly answer: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>
  readonly onExchange: (exchange: Exchange) => void
}

const base = 'http://localhost'

const notFound = { statusCode: 404, body: '{"message":"Not Found"}' }
const forbidden = { statusCode: 403, body: '{"message":"Forbidden"}' }
const failed = { statusCode: 500, body: '{"message":"Internal Server Error"}' }

/** As an HTTP API takes it. */
const maxPayloadBytes = 10 * 1024 * 1024

/**
 * An HTTP API's side of the functions on one machine: its routes, its events, its own answers. IAM is not checked, but who comes
 * from elsewhere has no way past it.
 * @param describe what `GET /local` tells tools on the same machine; no deployment has that path
 */
export const createHttpApi = (routes: readonly Route[], describe: () => object, page?: LocalPage): Server => {
  const matchers = routes.map((route) => ({ route, pattern: toPattern(route.path) }))

  const respond = async (
    request: IncomingMessage,
    url: URL | undefined,
    { size, bytes }: Payload,
  ): Promise<APIGatewayProxyStructuredResultV2 & { readonly route?: Route }> => {
    if (url === undefined) return notFound
    if (bytes === undefined || size > maxPayloadBytes)
      return { statusCode: 413, body: '{"message":"Request Entity Too Large"}' }
    for (const { route, pattern } of matchers) {
      const match = route.method === request.method ? pattern.exec(url.pathname) : null
      if (!match) continue
      if (route.isSigned && !isLocal(request.headers)) return forbidden
      try {
        return { ...(await route.handler(toEvent(request, url, bytes, route, match.groups ?? {}))), route }
      } catch (error) {
        logFailure('answer a request', error)
        return { ...failed, route }
      }
    }
    return notFound
  }

  return createServer(async (request, response) => {
    const [at, began] = [Date.now(), performance.now()]
    const target = request.url ?? '/'
    const url = URL.canParse(target, base) ? new URL(target, base) : undefined
    const end = ({ statusCode, headers, body, isBase64Encoded }: APIGatewayProxyStructuredResultV2) => {
      response.writeHead(statusCode ?? 200, { 'content-type': 'application/json', ...toHeaders(headers) })
      response.end(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'))
    }
    try {
      // From elsewhere these paths look as they do on AWS: unknown.
      if (url && /^\/(local(\/.*)?)?$/.test(url.pathname) && isLocal(request.headers)) {
        if (request.method === 'GET' && url.pathname === '/local')
          return end({ statusCode: 200, body: JSON.stringify(describe()) })
        if (page) return await page.answer(request, response, url)
      }
      const payload = await readPayload(request)
      const { route, ...result } = await respond(request, url, payload)
      end(result)
      if (!route?.isSigned)
        page?.onExchange({
          at,
          method: request.method ?? '',
          target,
          route: route?.path,
          headers: request.rawHeaders,
          bytes: payload.size,
          body: payload.bytes,
          status: result.statusCode ?? 200,
          answer: result.body ?? '',
          milliseconds: performance.now() - began,
        })
    } catch (error) {
      logFailure('answer a request', error)
      if (response.headersSent) response.destroy()
      else end(failed)
    }
  })
}

const toHeaders = (headers: APIGatewayProxyStructuredResultV2['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

const toPattern = (path: string): RegExp =>
  new RegExp(
    `^${path.replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => `(?<${name}>${greedy ? '.+' : '[^/]+'})`)}$`,
  )

interface Payload {
  readonly size: number
  readonly bytes: Buffer | undefined
}

const readPayload = async (request: IncomingMessage): Promise<Payload> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= maxPayloadBytes) chunks.push(chunk)
  }
  return { size, bytes: size <= maxPayloadBytes ? Buffer.concat(chunks) : undefined }
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Payload format 2.0. An HTTP API gives paths decoded, and bodies as text only for the content types that it knows as text. */
const toEvent = (
  request: IncomingMessage,
  url: URL,
  bytes: Buffer,
  { method, path }: Route,
  groups: Record<string, string>,
): APIGatewayProxyEventV2 => {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join() : (value ?? '')]),
  )
  const isText = /^(text\/|application\/(json|javascript|xml))/i.test(headers['content-type'] ?? '') && isUtf8(bytes)
  const now = new Date()
  const pathParameters = Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]))
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: decode(url.pathname),
    rawQueryString: url.search.slice(1),
    headers,
    queryStringParameters: Object.fromEntries(url.searchParams),
    pathParameters,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: url.host,
      domainPrefix: 'local',
      http: {
        method,
        path: decode(url.pathname),
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(bytes.length > 0 ? { body: bytes.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: bytes.length > 0 && !isText,
  }
}
