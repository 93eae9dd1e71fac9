import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as v from 'valibot'

/** One request to AWS, in the words of its protocol. */
export interface Recorded {
  /** Such as `UpdateItem`. */
  readonly action: string
  readonly body: string
  readonly answer: string
}

export interface RecordingProxy {
  readonly url: string
  /** In the order in which they were answered. */
  readonly requests: Recorded[]
  readonly stop: () => Promise<void>
}

/** Stands before a server and keeps what is asked of it. */
export const startRecordingProxy = async (target: string): Promise<RecordingProxy> => {
  const requests: Recorded[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const answer = await forward(target, request, body)
    const answered = await buffer(answer)
    requests.push({ action: toAction(request, String(body)), body: String(body), answer: String(answered) })
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(answered)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const forward = (target: string, { method, headers, url = '/' }: IncomingMessage, body: Buffer) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const passing = httpRequest(new URL(url, target), { method: method ?? 'POST', headers }, resolve)
    passing.on('error', reject)
    passing.end(body)
  })

/** JSON protocols name it in a header, SNS's in the form. */
const toAction = ({ headers }: IncomingMessage, body: string): string =>
  String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1) ||
  new URLSearchParams(body).get('Action') ||
  'unknown'
