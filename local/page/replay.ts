import { request } from 'node:http'
import type { Exchange } from '../http-api.ts'

/** What a connection's own ends write. */
const ofConnection = /^(host|connection|keep-alive|content-length|transfer-encoding|expect)$/i

/** Pushes the very bytes and headers of a callback again, to where it went. @returns the HTTP status */
export const replay = ({ method, target, headers, body }: Exchange, origin: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = toPairs(headers).filter(([name]) => !ofConnection.test(name))
    const again = request(origin, { method, path: target, agent: false, timeout: 10_000 }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', reject)
    })
    for (const [name, value] of sent) again.appendHeader(name, value)
    again.on('timeout', () => again.destroy(new Error('Cannot replay: found no answer within 10 seconds, wanted one')))
    again.on('error', reject)
    again.end(body)
  })

/** As Node gives them: names and values by turns. */
export const toPairs = (raw: readonly string[]): readonly (readonly [name: string, value: string])[] =>
  raw.flatMap((name, n) => (n % 2 === 0 ? [[name, raw[n + 1] ?? ''] as const] : []))
