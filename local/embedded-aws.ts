import type { Server } from 'node:http'
import dynalite from 'dynalite'
import { buildApp } from 'fauxqs'
import * as v from 'valibot'
import { createParameterStore } from './embedded-parameters.ts'

export interface EmbeddedAws {
  readonly dynamodbEndpoint: string
  readonly sqsEndpoint: string
  readonly snsEndpoint: string
  readonly ssmEndpoint: string
  readonly stop: () => Promise<void>
}

/**
 * Starts servers in this process for those services that no standard variable gives an endpoint for.
 * @param parameters what the parameter store holds, by name
 */
export const startEmbeddedAws = async (
  env: NodeJS.ProcessEnv,
  parameters: ReadonlyMap<string, string> = new Map(),
): Promise<EmbeddedAws> => {
  const given = {
    dynamodb: env.AWS_ENDPOINT_URL_DYNAMODB || undefined,
    sqs: env.AWS_ENDPOINT_URL_SQS || undefined,
    sns: env.AWS_ENDPOINT_URL_SNS || undefined,
    ssm: env.AWS_ENDPOINT_URL_SSM || undefined,
  }
  if ((given.sqs === undefined) !== (given.sns === undefined))
    throw new Error(
      'Cannot start: found one of AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_SNS, wanted both or none: a topic delivers to queues of its own server',
    )
  const stops: (() => Promise<void>)[] = []

  const listen = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    stops.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return urlOf(server)
  }
  const startQueues = async () => {
    await takeEveryCharacter()
    const app = buildApp({ logger: false })
    await app.listen({ port: 0, host: '127.0.0.1' })
    stops.push(async () => {
      app.server.closeAllConnections()
      await app.close()
    })
    return urlOf(app.server)
  }

  const queues = given.sqs ?? (await startQueues())
  return {
    dynamodbEndpoint: given.dynamodb ?? (await listen(dynalite({ createTableMs: 0 }))),
    sqsEndpoint: queues,
    snsEndpoint: given.sns ?? queues,
    ssmEndpoint: given.ssm ?? (await listen(createParameterStore(parameters))),
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

/** fauxqs refuses characters beyond U+FFFF, such as emoji, in a message; SQS takes them up to U+10FFFF. */
const takeEveryCharacter = async (): Promise<void> => {
  const types: unknown = await import(new URL('sqs/sqsTypes.js', import.meta.resolve('fauxqs')).href)
  const { INVALID_MESSAGE_BODY_CHAR: refused } = v.parse(
    v.object({ INVALID_MESSAGE_BODY_CHAR: v.instance(RegExp) }),
    types,
  )
  refused.compile('[^\\x09\\x0A\\x0D\\x20-\\uD7FF\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]', 'u')
}

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${v.parse(v.object({ port: v.number() }), server.address()).port}`
