import { Agent, request } from 'node:http'

/** A request as a function under measurement sent it. */
export interface RecordedRequest {
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** One POST over connections that stay open. The answer is read, not looked at. */
export const openPost = (endpoint: string, maxSockets: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets })
  const { hostname, port } = new URL(endpoint)
  return ({ path, headers, body }: RecordedRequest) => {
    const options = {
      agent,
      hostname,
      port,
      path,
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    }
    return new Promise<void>((resolve, reject) => {
      request(options, (response) => response.on('end', resolve).resume())
        .on('error', reject)
        .end(body)
    })
  }
}
