import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SNSClient } from '@aws-sdk/client-sns'
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import type { CallRecord } from '../shared/call-record.ts'
import { toCallback } from '../shared/callback-message.ts'
import { openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { openCallsReader } from '../shared/calls-table.ts'
import { foldSettings } from '../shared/environment.ts'
import { openTable } from '../shared/table.ts'
import { startEmbeddedAws } from './embedded-aws.ts'
import { readLocalSecrets } from './embedded-parameters.ts'
import { type EventSource, startEventSource } from './event-source.ts'
import { createHttpApi, type Route } from './http-api.ts'
import { createFeed, type FeedSources } from './page/feed.ts'
import { createPageRoutes } from './page/routes.ts'
import { openWaiting } from './page/waiting.ts'
import { makeResources } from './resources.ts'
import { startSchedule } from './schedule.ts'
import { readServiceFile, type Service } from './service-file.ts'
import { readSecrets, toReceiver } from './simulator/signing.ts'

/** A receiver on this machine, with everything that one needs to talk to it. */
export interface Receiver {
  readonly urls: {
    readonly statusUrl: string
    readonly cdrUrl: string
    readonly hangupUrl: string
    readonly callsUrl: string
    readonly sqsEndpoint: string
    readonly callRecordsQueueUrl: string
    readonly deadLetterQueueUrl: string
    readonly dynamodbEndpoint: string
    readonly tableName: string
    readonly pageUrl: string
  }
  readonly stop: () => Promise<void>
}

/** How long it takes until something happens again, where minutes are too long. */
export interface Tempo {
  /** Seconds until a message that failed comes back. */
  readonly visibility: number
  /** Milliseconds between two runs of what runs on a schedule. */
  readonly schedule: number
}

const toQuick = ({ Callbacks }: Service['resources']['Resources'], { visibility }: Tempo) =>
  Callbacks && { Callbacks: { ...Callbacks, Properties: { ...Callbacks.Properties, VisibilityTimeout: visibility } } }

/** What commands on this machine have to know of a receiver; no secret is among it. */
const forCommands = [
  ...['CALLS_TABLE', 'CALLBACKS_QUEUE_URL', 'CALL_RECORDS_TOPIC_ARN'],
  ...['AICC_UTC_OFFSET', 'EDITION', 'PUBLISH', 'RETENTION_DAYS'],
  ...['AWS_REGION', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL_SNS'],
]

/** What is shown of what goes by. */
export interface Watch {
  /** Every call record that is published, from a queue of its own. */
  readonly onRecord: (record: CallRecord) => void
  /** What was found of a callback's signature, where it was looked for. */
  readonly onVerdict: (source: string, verdict: string) => void
}

const Loaded = v.object({ handler: v.function() })

const HttpResult = v.object({
  statusCode: v.number(),
  headers: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
})

const BatchResult = v.object({ batchItemFailures: v.array(v.object({ itemIdentifier: v.string() })) })

/**
 * Runs serverless.yml on this machine. The functions read their settings from `env`, which has to be the process's own,
 * as they do on Lambda; what it names of servers is used, the rest is embedded.
 */
export const startReceiver = async (
  env: NodeJS.ProcessEnv,
  port: number,
  params: { readonly [name: string]: string },
  watch?: Watch,
  tempo?: Tempo,
): Promise<Receiver> => {
  const given = readLocalSecrets(env, params)
  const file = new URL('../serverless.yml', import.meta.url)
  const service = await readServiceFile(file, 'local', { ...given.params, ...params })
  const aws = await startEmbeddedAws(env, given.parameters)
  Object.assign(env, {
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_SNS: aws.snsEndpoint,
    AWS_ENDPOINT_URL_SSM: aws.ssmEndpoint,
    AWS_REGION: env.AWS_REGION || 'eu-west-1',
  })
  // What a developer has set for real accounts must not lead a client there, nor past the endpoints above.
  for (const name of ['PROFILE', 'IGNORE_CONFIGURED_ENDPOINT_URLS', 'USE_FIPS_ENDPOINT', 'USE_DUALSTACK_ENDPOINT'])
    delete env[`AWS_${name}`]
  // Embedded servers take any key. Without one, a client would look for it in files and on the network.
  if (!env.AWS_ACCESS_KEY_ID || !env.AWS_SECRET_ACCESS_KEY)
    Object.assign(env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' })

  const clients = {
    dynamodb: new DynamoDBClient({}),
    sqs: new SQSClient({ useQueueUrlAsEndpoint: false }),
    sns: new SNSClient({}),
  }
  const watching = watch ? watchResources : {}
  const quick = tempo ? toQuick(service.resources.Resources, tempo) : {}
  const resolve = await makeResources({ ...service.resources.Resources, ...quick, ...watching }, clients)
  const textOf = async (value: unknown) => String(await resolve(value))

  const queueUrls = {
    callbacks: await textOf({ Ref: 'Callbacks' }),
    callRecords: await textOf({ Ref: 'CallRecordsQueue' }),
    deadLetters: await textOf({ Ref: 'DeadLetters' }),
  }
  const tableName = await textOf({ Ref: 'Calls' })
  const pageSources: FeedSources = {
    readCalls: openCallsReader(tableName).getCalls,
    readWaiting: openWaiting(clients.sqs, queueUrls, openTable(tableName)),
    settings: () => foldSettings(env),
  }
  const feed = createFeed(pageSources)

  const routes: Route[] = []
  const sources: EventSource[] = []
  const schedules: (() => { stop: () => Promise<void> })[] = []
  for (const { handler, events, environment } of Object.values(service.functions)) {
    for (const [name, value] of Object.entries({ ...service.provider.environment, ...environment }))
      env[name] = await textOf(value)
    // Nobody turns log lines into metrics here.
    env.METRICS_NAMESPACE = ''
    const file = handler.replace(/^dist\/([\w-]+)\/index\.handler$/, '../functions/$1.ts')
    const loaded = v.parse(Loaded, await import(file))
    for (const event of events)
      if ('httpApi' in event)
        routes.push({
          ...event.httpApi,
          isSigned: 'authorizer' in event.httpApi,
          handler: async (request) => v.parse(HttpResult, await loaded.handler(request, {})),
        })
      else if ('schedule' in event)
        schedules.push(() => startSchedule(tempo?.schedule ?? event.schedule, () => loaded.handler({}, {})))
      else {
        const queueArn = await textOf(event.sqs.arn)
        sources.push({
          queueArn,
          queueUrl: await getQueueUrl(clients.sqs, queueArn),
          batchSize: event.sqs.batchSize,
          handler: async (batch) => {
            for (const { source, verdict } of batch.Records.map(toCallback))
              if (verdict !== 'off') watch?.onVerdict(source, verdict)
            const result = v.parse(BatchResult, await loaded.handler(batch, {}))
            feed.onBatch(batch.Records, new Set(result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)))
            return result
          },
        })
      }
  }

  if (watch)
    sources.push({
      queueArn: await textOf({ 'Fn::GetAtt': ['WatchQueue', 'Arn'] }),
      queueUrl: await textOf({ Ref: 'WatchQueue' }),
      batchSize: 10,
      handler: async ({ Records }) => {
        for (const { body } of Records) watch.onRecord(JSON.parse(body))
        return { batchItemFailures: [] }
      },
    })

  const environment = Object.fromEntries(forCommands.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  const secrets = readSecrets(env)
  const page = createPageRoutes({
    ...pageSources,
    feed,
    origin: () => url,
    receiver: () => toReceiver(urls, secrets),
    curl: () => `curl -d @test/fixtures/voice-call/call-back-cdr-answered.json ${urls.cdrUrl}${tokenHint(env)}`,
    table: openTable(tableName),
    queue: openCallbacksQueue(queueUrls.callbacks),
  })
  const server = createHttpApi(routes, () => ({ ...urls, environment }), page)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const running = [
    ...sources.map((source) => startEventSource(source, clients.sqs)),
    ...schedules.map((start) => start()),
  ]
  // Who watches a terminal may look at the page next.
  if (watch) page.prepare()
  const { port: taken } = v.parse(v.object({ port: v.number() }), server.address())
  const url = `http://127.0.0.1:${taken}`
  const urls = {
    statusUrl: `${url}/status`,
    cdrUrl: `${url}/cdr`,
    hangupUrl: `${url}/hangup`,
    callsUrl: `${url}/calls`,
    sqsEndpoint: aws.sqsEndpoint,
    callRecordsQueueUrl: queueUrls.callRecords,
    deadLetterQueueUrl: queueUrls.deadLetters,
    dynamodbEndpoint: aws.dynamodbEndpoint,
    tableName,
    pageUrl: `${url}/`,
  }
  return {
    urls,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await Promise.all([feed.stop(), ...running.map(({ stop }) => stop())])
      for (const client of Object.values(clients)) client.destroy()
      await aws.stop()
    },
  }
}

/** A token is nobody's to read from a terminal or a page, whoever set it. */
export const tokenHint = (env: NodeJS.ProcessEnv): string => (env.CALLBACK_TOKENS === undefined ? '' : '/<token>')

/** A downstream queue like any team's own, for what is shown of the records that go by. */
const watchResources: Service['resources']['Resources'] = {
  WatchQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'huawei-call-receiver-local-watch' } },
  WatchSubscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { Ref: 'CallRecords' },
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': ['WatchQueue', 'Arn'] },
      RawMessageDelivery: true,
    },
  },
}

const getQueueUrl = async (sqs: SQSClient, queueArn: string): Promise<string> => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':').at(-1) }))
  return v.parse(v.string(), QueueUrl)
}
