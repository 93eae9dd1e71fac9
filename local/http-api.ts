import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { logFailure } from '../shared/attempt-all.ts'

/** A route as an HTTP API has it: `/calls/{source}/{id+}`. */
export interface Route {
  readonly method: string
  readonly path: string
  readonly handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>
}

const base = 'http://localhost'

const notFound = { statusCode: 404, body: '{"message":"Not Found"}' }

/** As an HTTP API takes it. */
const maxPayloadBytes = 10 * 1024 * 1024

/**
 * An HTTP API's side of the functions on one machine: its routes, its events, its own answers. IAM is not checked.
 * @param describe what `GET /local` tells tools on the same machine; no deployment has that path
 */
export const createHttpApi = (routes: readonly Route[], describe: () => object): Server => {
  const matchers = routes.map((route) => ({ route, pattern: toPattern(route.path) }))

  const respond = async (request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> => {
    const target = request.url ?? '/'
    if (!URL.canParse(target, base)) return notFound
    const url = new URL(target, base)
    if (request.method === 'GET' && url.pathname === '/local')
      return { statusCode: 200, body: JSON.stringify(describe()) }
    const bytes = await readBytes(request)
    if (bytes === undefined) return { statusCode: 413, body: '{"message":"Request Entity Too Large"}' }
    for (const { route, pattern } of matchers) {
      const match = route.method === request.method ? pattern.exec(url.pathname) : null
      if (match) return route.handler(toEvent(request, url, bytes, route, match.groups ?? {}))
    }
    return notFound
  }

  return createServer(async (request, response) => {
    const { statusCode, headers, body, isBase64Encoded } = await respond(request).catch((error: unknown) => {
      logFailure('answer a request', error)
      return { statusCode: 500, headers: {}, body: '{"message":"Internal Server Error"}', isBase64Encoded: false }
    })
    response.writeHead(statusCode ?? 200, { 'content-type': 'application/json', ...toHeaders(headers) })
    response.end(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'))
  })
}

const toHeaders = (headers: APIGatewayProxyStructuredResultV2['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

const toPattern = (path: string): RegExp =>
  new RegExp(
    `^${path.replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => `(?<${name}>${greedy ? '.+' : '[^/]+'})`)}$`,
  )

const readBytes = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= maxPayloadBytes) chunks.push(chunk)
  }
  return size <= maxPayloadBytes ? Buffer.concat(chunks) : undefined
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
