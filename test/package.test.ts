import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const Template = v.object({
  Resources: v.record(
    v.string(),
    v.looseObject({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
  ),
  Outputs: v.record(v.string(), v.unknown()),
})

const Policies_ = v.array(
  v.object({ PolicyDocument: v.object({ Statement: v.array(v.looseObject({ Action: v.unknown() })) }) }),
)

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
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

const resource = (name: string) => template.Resources[name]
const ofType = (type: string) =>
  Object.values(template.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties)

test('every function runs on the newest runtime from a file of its own, with the settings that it reads', () => {
  const functions = Object.fromEntries(
    ofType('AWS::Lambda::Function').map(
      ({ FunctionName, Handler, Environment, Runtime, Architectures, MemorySize, Timeout }) => [
        FunctionName,
        { Handler, Environment, Runtime, Architectures, MemorySize, Timeout },
      ],
    ),
  )
  const common = { Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 256, Timeout: 10 }
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
      Handler: 'dist/receive-status.handler',
      Environment: receiving('off', '43200', '/p/voice-call'),
    },
    'huawei-call-receiver-prod-receive-cdr': {
      ...common,
      Handler: 'dist/receive-cdr.handler',
      Environment: receiving('off', '43200', '/p/voice-call'),
    },
    'huawei-call-receiver-prod-receive-hangup': {
      ...common,
      Handler: 'dist/receive-hangup.handler',
      Environment: receiving('observe', '86400', '/p/aicc'),
    },
    'huawei-call-receiver-prod-store-callbacks': {
      ...common,
      Handler: 'dist/store-callbacks.handler',
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
      Handler: 'dist/sweep.handler',
      Timeout: 60,
      Environment: {
        Variables: {
          METRICS_NAMESPACE,
          CALLBACKS_QUEUE_URL: { Ref: 'Callbacks' },
          CALLS_TABLE: { Ref: 'Calls' },
          AICC_UTC_OFFSET: '+00:00',
          EDITION: '0',
        },
      },
    },
    'huawei-call-receiver-prod-read-calls': {
      ...common,
      Handler: 'dist/read-calls.handler',
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

test('functions may read the secrets that the parameters name, and no others', () => {
  const statements = ofType('AWS::IAM::Role').flatMap(({ Policies }) =>
    v.parse(Policies_, Policies).flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
  )
  const ssm = statements.filter(({ Action }) => JSON.stringify(Action).includes('ssm:'))
  expect(ssm).toEqual([
    {
      Effect: 'Allow',
      Action: ['ssm:GetParameters'],
      Resource: ['/p/tokens', '/p/voice-call', '/p/aicc'].map((name) => ({
        'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${name}`,
      })),
    },
  ])
})

test('a receiver without its secrets alarms', () => {
  const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Namespace, MetricName, Threshold }) => [
    Namespace,
    MetricName,
    Threshold,
  ])
  expect(alarms).toEqual([
    ['huawei-call-receiver-prod', 'refused.voice-call.not-ready', 1],
    ['huawei-call-receiver-prod', 'refused.aicc.not-ready', 1],
  ])
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

  test('the worker gives back only the messages that failed', () => {
    expect(ofType('AWS::Lambda::EventSourceMapping')).toEqual([
      expect.objectContaining({
        EventSourceArn: { 'Fn::GetAtt': ['Callbacks', 'Arn'] },
        BatchSize: 10,
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
    })
    expect(resource('CallRecordsQueuePolicy')?.Properties).toMatchObject({
      PolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'CallRecords' } } },
          },
        ],
      },
    })
  })
})

test('the table expires its items, can be restored and outlives the stack', () => {
  expect(resource('Calls')).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{ IndexName: 'listings', Projection: { ProjectionType: 'KEYS_ONLY' } }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
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

test('every function is packaged alone and loads as Lambda would load it', async () => {
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: 'cn-north-1',
    CALLBACKS_QUEUE_URL: 'http://127.0.0.1/queue',
    CALLS_TABLE: 'calls',
    CALL_RECORDS_TOPIC_ARN: 'topic',
    PUBLISH: 'ended',
    RETENTION_DAYS: '90',
    AICC_UTC_OFFSET: '+00:00',
    EDITION: '0',
    ANSWER_BUDGET_MS: '1800',
    SIGNATURE_POLICY: 'off',
    SIGNATURE_WINDOW_SECONDS: '300',
  }
  for (const name of ['receive-status', 'receive-cdr', 'receive-hangup', 'store-callbacks', 'sweep', 'read-calls']) {
    const files = unzipSync(await readFile(join(folder, `${name}.zip`)))
    expect(Object.keys(files)).toEqual([`dist/${name}.mjs`])
    const file = join(folder, `${name}.mjs`)
    await writeFile(file, files[`dist/${name}.mjs`] ?? '')
    const script = `console.log(typeof (await import(${JSON.stringify(pathToFileURL(file))})).handler)`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env, cwd: folder })
    expect(stdout).toBe('function\n')
  }
})
