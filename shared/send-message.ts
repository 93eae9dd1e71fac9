import { createHash } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { Sha256Node } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Callback } from './callback.ts'
import { toMessage } from './callback-message.ts'
import { credentialsOf } from './credentials.ts'
import { type Environment, optional, required } from './environment.ts'

// SQS's SendMessage as one signed POST over a connection that is kept: what the platform waits for. AWS's client for SQS
// does the same with 250 KB of code that every start has to load. The protocol is AWS JSON 1.0:
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html

/** @param patience milliseconds; there are no retries */
export type SendMessage = (callback: Callback, patience: number) => Promise<void>

/**
 * Opens the connection at once: a function has a whole processor while it starts, and nobody's answer waits for it yet.
 * A queue that cannot be reached now is tried again by the first callback.
 * @throws Error naming the variable
 */
export const openSendMessage = async (queueUrl: string, environment: Environment): Promise<SendMessage> => {
  const { protocol, hostname, host, port } = toEndpoint(optional(environment, 'AWS_ENDPOINT_URL_SQS') || queueUrl)
  const { Agent, request } = protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true })
  const unsigned = {
    ...{ method: 'POST', protocol, hostname, path: '/', query: {} },
    headers: { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
  }
  const signer = new SignatureV4({
    service: 'sqs',
    region: required(environment, 'AWS_REGION'),
    credentials: credentialsOf(environment),
    sha256: Sha256Node,
    applyChecksum: false,
  })

  const ask = (method: string, headers: Headers, body: string, patience: number) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ hostname, port, agent, method, headers })
      const limit = setTimeout(() => sent.destroy(named('Cannot queue: found no answer in time', 'Timeout')), patience)
      const fail = (error: Error) => {
        clearTimeout(limit)
        reject(error)
      }
      sent.on('error', fail)
      sent.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('end', () => {
          clearTimeout(limit)
          resolve({ status: response.statusCode, text })
        })
        response.on('error', fail)
      })
      sent.end(body)
    })

  await ask('GET', {}, '', 1000).catch(() => undefined)
  return async (callback, patience) => {
    const message = toMessage(queueUrl, callback)
    const body = JSON.stringify(message)
    const { headers } = await signer.sign({ ...unsigned, body })
    checkAnswer(await ask('POST', headers, body, patience), message.MessageBody)
  }
}

/** Where the queue is, unless it is told otherwise by the one variable that is read of those that AWS's clients read. */
const toEndpoint = (text: string) => {
  if (!URL.canParse(text))
    throw new Error('Cannot start: found no URL as CALLBACKS_QUEUE_URL or AWS_ENDPOINT_URL_SQS, wanted one')
  const { protocol, hostname, host, port } = new URL(text)
  // An IPv6 address stands in brackets in a URL alone.
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port }
}

type Headers = Readonly<Record<string, string>>

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

/** A message is on the queue when SQS says so and has what was sent. @throws Error named as the answer names it */
const checkAnswer = ({ status, text }: Answer, sent: string): void => {
  const { __type, MD5OfMessageBody } = parse(text)
  if (status !== 200)
    throw named(
      `Cannot queue: found the answer ${status}, wanted 200`,
      /[\w.]+$/.exec(__type ?? '')?.[0] ?? `${status}`,
    )
  if (MD5OfMessageBody !== createHash('md5').update(sent).digest('hex'))
    throw named('Cannot queue: found another checksum in the answer, wanted that of the message', 'ChecksumMismatch')
}

const parse = (text: string): { readonly __type?: string; readonly MD5OfMessageBody?: string } => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

const named = (message: string, name: string) => Object.assign(new Error(message), { name })
