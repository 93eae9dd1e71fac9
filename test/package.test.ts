import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildFunction } from '../build.ts'
import { createParameterStore } from '../local/embedded-parameters.ts'
import { verdicts } from '../shared/signature.ts'

const Template = v.object({
  Resources: v.record(
    v.string(),
    v.looseObject({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
  ),
  Outputs: v.record(v.string(), v.unknown()),
})

const Role = v.object({
  ManagedPolicyArns: v.optional(v.unknown()),
  Policies: v.array(
    v.object({
      PolicyDocument: v.object({
        Statement: v.array(
          v.object({
            Effect: v.string(),
            Action: v.union([v.string(), v.array(v.string())]),
            Resource: v.unknown(),
            Condition: v.optional(
              v.object({ 'ForAllValues:StringLike': v.object({ 'dynamodb:LeadingKeys': v.string() }) }),
            ),
          }),
        ),
      }),
    }),
  ),
})
const Reference = v.object({
  Ref: v.optional(v.string()),
  'Fn::GetAtt': v.optional(v.array(v.string())),
  'Fn::Sub': v.optional(v.string()),
})
const Stage = v.object({
  DefaultRouteSettings: v.unknown(),
  AccessLogSettings: v.object({ Format: v.string() }),
})

const run = promisify(execFile)
let template: v.InferOutput<typeof Template>
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'))
  // As on a machine without an account: no credentials, no AWS settings, nothing but a path and a home.
  const env = { PATH: process.env.PATH, HOME: folder }
  const names = {
    tokensParameter: '/p/tokens',
    voiceCallSecretsParameter: '/p/voice-call',
    aiccKeysParameter: '/p/aicc',
  }
  const params = Object.entries(names).flatMap(([name, value]) => ['--param', `${name}=${value}`])
  const args = ['--stage', 'prod', '--region', 'cn-north-1', '--package', folder, ...params]
  await run('npm', ['run', 'package', '--', ...args], { env })
  template = v.parse(
    Template,
    JSON.parse(await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8')),
  )
})
afterAll(() => rm(folder, { recursive: true }))

const resource = (name: string) => template.Resources[name]
const ofType = (type: string) =>
  Object.values(template.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties)

test('every function runs on the newest runtime from a file of its own, with the settings that it reads', () => {
  const functions = Object.fromEntries(
    ofType('AWS::Lambda::Function').map(
      ({ FunctionName, Handler, Environment, Runtime, Architectures, MemorySize, Timeout, Role, LoggingConfig }) => [
        FunctionName,
        { Handler, Environment, Runtime, Architectures, MemorySize, Timeout, Role, LoggingConfig },
      ],
    ),
  )
  const common = {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    MemorySize: 256,
    Timeout: 10,
    LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' },
  }
  const METRICS_NAMESPACE = 'huawei-call-receiver-prod'
  const receiving = (SIGNATURE_POLICY: string, SIGNATURE_WINDOW_SECONDS: string, SIGNATURE_PARAMETER: string) => ({
    Variables: {
      METRICS_NAMESPACE,
      CALLBACKS_QUEUE_URL: { Ref: 'Callbacks' },
      CALLS_TABLE: { Ref: 'Calls' },
      ANSWER_BUDGET_MS: '1800',
      TOKENS_PARAMETER: '/p/tokens',
      SIGNATURE_PARAMETER,
      SIGNATURE_POLICY,
      SIGNATURE_WINDOW_SECONDS,
    },
  })
  expect(functions).toEqual({
    'huawei-call-receiver-prod-receive-status': {
      ...common,
      Handler: 'dist/receive-status/index.handler',
      Role: { 'Fn::GetAtt': ['ReceiveStatusRole', 'Arn'] },
      Environment: receiving('off', '43200', '/p/voice-call'),
    },
    'huawei-call-receiver-prod-receive-cdr': {
      ...common,
      Handler: 'dist/receive-cdr/index.handler',
      Role: { 'Fn::GetAtt': ['ReceiveCdrRole', 'Arn'] },
      Environment: receiving('off', '43200', '/p/voice-call'),
    },
    'huawei-call-receiver-prod-receive-hangup': {
      ...common,
      Handler: 'dist/receive-hangup/index.handler',
      Role: { 'Fn::GetAtt': ['ReceiveHangupRole', 'Arn'] },
      Environment: receiving('observe', '86400', '/p/aicc'),
    },
    'huawei-call-receiver-prod-store-callbacks': {
      ...common,
      Handler: 'dist/store-callbacks/index.handler',
      Role: { 'Fn::GetAtt': ['StoreCallbacksRole', 'Arn'] },
      MemorySize: 512,
      Timeout: 60,
      Environment: {
        Variables: {
          METRICS_NAMESPACE,
          CALLS_TABLE: { Ref: 'Calls' },
          CALL_RECORDS_TOPIC_ARN: { Ref: 'CallRecords' },
          PUBLISH: 'ended',
          RETENTION_DAYS: '90',
          AICC_UTC_OFFSET: '+00:00',
          EDITION: '0',
        },
      },
    },
    'huawei-call-receiver-prod-sweep': {
      ...common,
      Handler: 'dist/sweep/index.handler',
      Role: { 'Fn::GetAtt': ['SweepRole', 'Arn'] },
      Timeout: 60,
      Environment: {
        Variables: {
          METRICS_NAMESPACE,
          CALLBACKS_QUEUE_URL: { Ref: 'Callbacks' },
          DEAD_LETTERS_URL: { Ref: 'DeadLetters' },
          CALLS_TABLE: { Ref: 'Calls' },
          AICC_UTC_OFFSET: '+00:00',
          EDITION: '0',
          WORKER_CONCURRENCY: '5',
        },
      },
    },
    'huawei-call-receiver-prod-read-calls': {
      ...common,
      Handler: 'dist/read-calls/index.handler',
      Role: { 'Fn::GetAtt': ['ReadCallsRole', 'Arn'] },
      MemorySize: 512,
      Environment: {
        Variables: { METRICS_NAMESPACE, CALLS_TABLE: { Ref: 'Calls' }, AICC_UTC_OFFSET: '+00:00', EDITION: '0' },
      },
    },
  })
})

test('callbacks come in unsigned, calls are read by signed AWS requests only', () => {
  const routes = Object.fromEntries(
    ofType('AWS::ApiGatewayV2::Route').map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]),
  )
  expect(routes).toEqual({
    'POST /status': undefined,
    'POST /status/{token}': undefined,
    'POST /cdr': undefined,
    'POST /cdr/{token}': undefined,
    'POST /hangup': undefined,
    'POST /hangup/{token}': undefined,
    'GET /calls': 'AWS_IAM',
    'GET /calls/{source}/{id+}': 'AWS_IAM',
  })
  expect(ofType('AWS::ApiGatewayV2::Integration').map(({ PayloadFormatVersion }) => PayloadFormatVersion)).toEqual(
    Array(4).fill('2.0'),
  )
})

/** Every action of every role, with what it may be taken on and on what condition. */
const permissions = () =>
  Object.fromEntries(
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      .map(([name, { Properties }]) => {
        const { Policies, ManagedPolicyArns } = v.parse(Role, Properties)
        expect(ManagedPolicyArns).toBeUndefined()
        const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        return [
          name,
          statements.flatMap(({ Effect, Action, Resource, Condition }) =>
            [Action].flat().map((action) => {
              expect(Effect).toBe('Allow')
              const keys = Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys']
              return `${action} ${[Resource].flat().map(toText).join(' ')}${keys ? ` ${keys}` : ''}`
            }),
          ),
        ]
      }),
  )

const toText = (resource: unknown): string => {
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': sub } = v.parse(Reference, resource)
  return String(Ref ?? attribute?.[0] ?? sub)
}

test('every function may do what it does and nothing else', () => {
  const arn = 'arn:${AWS::Partition}'
  const account = '${AWS::Region}:${AWS::AccountId}'
  const logs = (name: string) =>
    ['logs:CreateLogStream', 'logs:PutLogEvents'].map(
      (action) => `${action} ${arn}:logs:${account}:log-group:/aws/lambda/huawei-call-receiver-prod-${name}:*`,
    )
  const secret = (name: string) => `${arn}:ssm:${account}:parameter/p/${name}`
  const receiver = (name: string, keys: string) => [
    ...logs(name),
    'sqs:SendMessage Callbacks',
    'dynamodb:PutItem Calls held/*',
    `ssm:GetParameters ${secret('tokens')} ${secret(keys)}`,
  ]
  expect(permissions()).toEqual({
    ReceiveStatusRole: receiver('receive-status', 'voice-call'),
    ReceiveCdrRole: receiver('receive-cdr', 'voice-call'),
    ReceiveHangupRole: receiver('receive-hangup', 'aicc'),
    StoreCallbacksRole: [
      ...logs('store-callbacks'),
      'sqs:ReceiveMessage Callbacks',
      'sqs:DeleteMessage Callbacks',
      'sqs:GetQueueAttributes Callbacks',
      'dynamodb:UpdateItem Calls',
      'dynamodb:GetItem Calls',
      'dynamodb:PutItem Calls quarantined/*',
      'sns:Publish CallRecords',
    ],
    SweepRole: [
      ...logs('sweep'),
      'sqs:SendMessage Callbacks',
      'sqs:GetQueueAttributes Callbacks DeadLetters',
      'dynamodb:Query ${Calls.Arn}/index/listings',
      'dynamodb:BatchGetItem Calls',
      'dynamodb:DeleteItem Calls held/*',
    ],
    ReadCallsRole: [
      ...logs('read-calls'),
      'dynamodb:Query ${Calls.Arn}/index/listings',
      'dynamodb:GetItem Calls',
      'dynamodb:BatchGetItem Calls',
    ],
  })
})

test('the API survives a burst, its replacement and strangers, and logs no path', () => {
  expect(resource('HttpApi')).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' })
  const { DefaultRouteSettings, AccessLogSettings } = v.parse(Stage, resource('HttpApiStage')?.Properties)
  expect(DefaultRouteSettings).toEqual({
    DetailedMetricsEnabled: true,
    ThrottlingRateLimit: '10000',
    ThrottlingBurstLimit: '5000',
  })
  const logged = Object.values(JSON.parse(AccessLogSettings.Format))
  expect(logged).toEqual([
    '$context.requestTime',
    '$context.routeKey',
    '$context.status',
    '$context.responseLatency',
    '$context.error.message',
  ])
  expect(ofType('AWS::Logs::LogGroup').map(({ RetentionInDays }) => Number(RetentionInDays))).toEqual(Array(7).fill(30))
})

test("a domain of the team's own is made when one is named, and survives the stack", () => {
  expect(resource('Domain')).toMatchObject({
    Condition: 'HasDomain',
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { DomainNameConfigurations: [{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }] },
  })
  expect(resource('DomainMapping')).toMatchObject({ Condition: 'HasDomain', Properties: { ApiId: { Ref: 'HttpApi' } } })
})

test('every alarm tells somebody, and none watches a metric that nothing writes', async () => {
  const alarms = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
  expect(alarms.map(([name]) => name).sort()).toEqual([
    'CallRecordsUndelivered',
    'CallbacksFailed',
    'CallbacksHeld',
    'CallbacksRefused',
    'CallbacksReturned',
    'CallbacksWait',
    'CdrsMissing',
    'DeadLettersWait',
    'ReceiversNotReady',
    'ReceiversThrottled',
    'RecordsQuarantined',
    'SignaturesRefused',
    'Silence',
    'WorkersFail',
  ])
  const topic = { 'Fn::If': ['MakesAlarmTopic', { Ref: 'AlarmTopic' }, { Ref: 'AlarmTopicArn' }] }
  for (const [, { Properties }] of alarms) {
    expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] })
    expect(Properties.AlarmDescription).toMatch(/^[A-Z].{20,}/)
  }
  // Every name of our own that an alarm or the dashboard uses is one that the code can write.
  const sources = ['voice-call', 'aicc']
  const known = new Set([
    ...[
      'stored',
      'quarantined',
      'returned',
      'talkSeconds',
      'held',
      'heldOldestSeconds',
      'missing',
      'missingOldestSeconds',
      'searchesPutOff',
    ],
    ...['open', 'missing', 'ended'].map((state) => `published.${state}`),
    ...['answered', 'no-answer', 'busy', 'rejected', 'canceled', 'failed', 'unknown'].map((how) => `ended.${how}`),
    ...sources.flatMap((source) => [...verdicts, 'not-ready', 'not-kept'].map((why) => `refused.${source}.${why}`)),
    ...sources.flatMap((source) => verdicts.map((verdict) => `accepted.${source}.${verdict}`)),
  ])
  const dashboard: unknown = resource('Dashboard')?.Properties.DashboardBody
  const body = v.parse(v.object({ 'Fn::Sub': v.string() }), dashboard)['Fn::Sub']
  expect(JSON.parse(body).widgets).toHaveLength(10)
  const text = JSON.stringify(alarms) + body
  const used = [
    ...text.matchAll(/"Namespace":"huawei-call-receiver-prod","MetricName":"([^"]+)"/g),
    ...text.matchAll(/\["huawei-call-receiver-prod","([^"]+)"/g),
  ].map(([, name = '']) => name)
  expect(used.length).toBeGreaterThan(40)
  expect(used.filter((name) => !known.has(name))).toEqual([])
})

describe('queues', () => {
  test('hold callbacks for 14 days and set aside what cannot be stored in hours', () => {
    expect(resource('Callbacks')?.Properties).toEqual({
      QueueName: 'huawei-call-receiver-prod-callbacks',
      MessageRetentionPeriod: 14 * 86_400,
      VisibilityTimeout: 6 * 60,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, maxReceiveCount: 100 },
    })
    expect(resource('DeadLetters')?.Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    })
  })

  test('are encrypted with keys of SQS and take nothing that is not', () => {
    const queues = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue')
    expect(queues.map(([name]) => name)).toHaveLength(4)
    for (const [, { Properties }] of queues)
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 })
    const denied = ofType('AWS::SQS::QueuePolicy').flatMap(({ Queues, PolicyDocument }) => {
      const { Statement } = v.parse(
        v.object({ Statement: v.array(v.looseObject({ Effect: v.string() })) }),
        PolicyDocument,
      )
      const deny = Statement.find(({ Effect }) => Effect === 'Deny')
      expect(deny).toMatchObject({
        Principal: '*',
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      })
      return v.parse(v.array(v.object({ Ref: v.string() })), Queues).map(({ Ref }) => Ref)
    })
    expect(denied.sort()).toEqual(queues.map(([name]) => name).sort())
  })

  test('the worker gives back only the messages that failed', () => {
    expect(ofType('AWS::Lambda::EventSourceMapping')).toEqual([
      expect.objectContaining({
        EventSourceArn: { 'Fn::GetAtt': ['Callbacks', 'Arn'] },
        BatchSize: 10,
        ScalingConfig: { MaximumConcurrency: 5 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    ])
  })

  test('the default queue gets ended calls as they are, from the topic and nobody else', () => {
    expect(resource('CallRecordsSubscription')?.Properties).toEqual({
      TopicArn: { Ref: 'CallRecords' },
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': ['CallRecordsQueue', 'Arn'] },
      RawMessageDelivery: true,
      FilterPolicy: { state: ['ended', 'missing'] },
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['CallRecordsDeadLetters', 'Arn'] } },
    })
    expect(resource('CallRecordsQueuePolicy')?.Properties).toMatchObject({
      PolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'sns.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'CallRecords' } } },
          },
          { Effect: 'Deny' },
        ],
      },
    })
  })
})

test('the table expires its items, can be restored and outlives the stack', () => {
  expect(resource('Calls')).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{ IndexName: 'listings', Projection: { ProjectionType: 'KEYS_ONLY' } }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    },
  })
})

test('the stack says what to register and where records come out', () => {
  expect(Object.keys(template.Outputs)).toEqual(
    expect.arrayContaining([
      'StatusUrl',
      'CdrUrl',
      'CallsUrl',
      'CallRecordsTopicArn',
      'CallRecordsQueueUrl',
      'DeadLetterQueueUrl',
      'CallsTableName',
    ]),
  )
})

test('nothing is bound to one partition', async () => {
  const text = JSON.stringify(template)
  expect(text).not.toContain('arn:aws:')
  expect(text).not.toContain('amazonaws.com.cn')
  expect(
    text
      .match(/[\w.]*amazonaws\.com/g)
      ?.filter(
        (domain) =>
          !['lambda.amazonaws.com', 'sns.amazonaws.com', 'apigateway.amazonaws.com', 'events.amazonaws.com'].includes(
            domain,
          ),
      ),
  ).toEqual([])
})

const names = ['receive-status', 'receive-cdr', 'receive-hangup', 'store-callbacks', 'sweep', 'read-calls']
// The newest Node, where there is one: what is deployed runs on it.
const nodes = [process.execPath, process.env.NEWEST_NODE ?? process.execPath]

/** Where a function's zip file is unpacked. */
const unpack = async (name: string): Promise<URL> => {
  const files = unzipSync(await readFile(join(folder, `${name}.zip`)))
  const target = join(folder, 'unpacked', name)
  await mkdir(join(target, 'dist', name), { recursive: true })
  for (const [path, bytes] of Object.entries(files)) {
    expect(path).toMatch(new RegExp(`^dist/${name}/[\\w-]+\\.mjs$`))
    await writeFile(join(target, path), bytes)
  }
  return pathToFileURL(join(target, 'dist', name, 'index.mjs'))
}

const settings = {
  PATH: process.env.PATH,
  AWS_REGION: 'cn-north-1',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  CALLBACKS_QUEUE_URL: 'http://127.0.0.1:1/queue',
  CALLS_TABLE: 'calls',
  CALL_RECORDS_TOPIC_ARN: 'topic',
  PUBLISH: 'ended',
  RETENTION_DAYS: '90',
  AICC_UTC_OFFSET: '+00:00',
  EDITION: '0',
  WORKER_CONCURRENCY: '5',
  ANSWER_BUDGET_MS: '3000',
  DEAD_LETTERS_URL: 'http://127.0.0.1:1/dead-letters',
  SIGNATURE_POLICY: 'off',
  SIGNATURE_WINDOW_SECONDS: '300',
}

test('every function is packaged alone and loads as Lambda would load it', async () => {
  for (const name of names) {
    const script = `console.log(typeof (await import('${await unpack(name)}')).handler)`
    for (const node of nodes) {
      const { stdout } = await run(node, ['--input-type=module', '--eval', script], { env: settings, cwd: folder })
      expect(stdout).toBe('function\n')
    }
  }
})

test('a packaged receiver finds what it loads when a secret is named, and when the queue fails', async () => {
  const asked: string[] = []
  const parameters = createParameterStore(new Map([['/tokens', '["0123456789abcdef"]']]))
  const server = createServer((request, response) => {
    asked.push(String(request.headers['x-amz-target']))
    if (asked.at(-1)?.includes('SSM')) parameters.emit('request', request, response)
    else response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  const endpoint = `http://127.0.0.1:${port}`
  const env = {
    ...settings,
    TOKENS_PARAMETER: '/tokens',
    AWS_ENDPOINT_URL_SSM: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  }
  const event = { pathParameters: { token: '0123456789abcdef' }, headers: {}, body: '{"eventType":"fee"}' }
  const script = `const { handler } = await import('${await unpack('receive-cdr')}')
    console.log((await handler(${JSON.stringify(event)})).statusCode)`
  for (const node of nodes) {
    asked.length = 0
    const { stdout } = await run(node, ['--input-type=module', '--eval', script], { env, cwd: folder })
    expect(stdout).toBe('200\n')
    expect(asked).toEqual(['AmazonSSM.GetParameters', 'DynamoDB_20120810.PutItem'])
  }
  server.closeAllConnections()
  server.close()
})

test('what a callback waits for is under 60 KB, and nothing is deployed but this project and what AWS publishes', async () => {
  for (const name of names) {
    const files = await buildFunction(name, false)
    const inputs = files.flatMap((file) => Object.keys(file.inputs))
    const packages = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? '')
    const others = packages.filter((name) => name !== '' && !/^@(aws-sdk|aws-crypto|aws|smithy)\//.test(name))
    // What AWS's clients bring: the first for browsers, never run, the others for a cache of endpoints.
    expect(
      others.filter((name) => !['bowser', 'mnemonist', 'obliterator'].includes(name)),
      name,
    ).toEqual([])
    if (!name.startsWith('receive-')) continue
    expect(files[0]?.outputs[`dist/${name}/index.mjs`]?.bytes, name).toBeLessThan(60_000)
    expect(
      Object.keys(files[0]?.inputs ?? {}).some((path) => path.includes('@aws-sdk')),
      name,
    ).toBe(false)
  }
})
