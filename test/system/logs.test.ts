import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../local/simulator/random.ts'
import { signBody, signHeaders } from '../../local/simulator/signing.ts'
import type { JsonObject } from '../../shared/json.ts'
import { startAws } from '../aws.ts'

const run = promisify(execFile)
const token = 'tokentokentoken-1'
const secret = 'appsecretappsecret'
const key = 'sharedkeysharedkey'
const url = `https://callback.example.com/status/${token}`

/** What no log line may hold. */
const confidential = [
  token,
  secret,
  key,
  '13800000021',
  '13900000022',
  '88880067',
  'customer',
  '1197765',
  'PasswordDigest',
]

let aws: Awaited<ReturnType<typeof startAws>>
let folder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-'))
  aws = await startAws(
    new Map([
      ['/tokens', JSON.stringify([token])],
      ['/apps', JSON.stringify({ urls: [url], apps: { app: [secret] } })],
      ['/keys', JSON.stringify([key])],
      ['/bad-tokens', token],
      ['/bad-keys', JSON.stringify({ key })],
    ]),
  )
  const { PATH, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env
  const { CALLBACKS_QUEUE_URL, CALLS_TABLE, CALL_RECORDS_TOPIC_ARN } = process.env
  env = {
    ...{ PATH, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION },
    ...{ CALLBACKS_QUEUE_URL, CALLS_TABLE, CALL_RECORDS_TOPIC_ARN },
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL_'))),
    ...{ PUBLISH: 'ended', RETENTION_DAYS: '90', AICC_UTC_OFFSET: '+00:00', EDITION: '0', METRICS_NAMESPACE: 'logs' },
    ANSWER_BUDGET_MS: '1800',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...{ SIGNATURE_POLICY: 'enforce', SIGNATURE_WINDOW_SECONDS: '300', TOKENS_PARAMETER: '/tokens' },
  }
})
afterAll(async () => {
  await aws.stop()
  await rm(folder, { recursive: true })
})

/** @returns the lines of its log, both streams together */
const invoke = async (name: string, events: readonly unknown[], settings: NodeJS.ProcessEnv) => {
  const file = join(folder, 'events.json')
  await writeFile(file, JSON.stringify(events))
  const args = ['--import', 'tsx', 'test/system/invoke.ts', name, file]
  const { stdout, stderr } = await run(process.execPath, args, { env: { ...env, ...settings } })
  const lines = (stdout + stderr).split('\n').filter((line) => line !== '')
  for (const text of confidential) for (const line of lines) expect(line).not.toContain(text)
  return lines
}

const random = createRandom(1, 1)
const sessionId = '1201_+8613800000021_+8613900000022_@host'
const status = { eventType: 'answer', statusInfo: { sessionId, called: '+8613800000021', userData: 'customer' } }
const hangup = { callSerialNo: '1197765398201387012', called: '88880067', releaseReason: '0' }
const signedHangup = signBody(hangup, key, random, new Date())
const request = (body: unknown, headers: object = {}, path = token) => ({
  headers,
  pathParameters: { token: path },
  isBase64Encoded: false,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const aksk = () => signHeaders({ urls: [url], app: 'app', secret }, random, new Date())

const good = {
  'receive-status': [request(status, aksk())],
  'receive-hangup': [request(signedHangup)],
}
const bad = {
  'receive-status': [
    request(status),
    request(status, { 'x-aksk': 'PasswordDigest' }),
    request(status, signHeaders({ urls: [url], app: 'app', secret: 'another' }, random, new Date())),
    request(status, signHeaders({ urls: [url], app: '+8613800000021', secret }, random, new Date())),
    request(status, signHeaders({ urls: [url], app: 'app', secret }, random, new Date(0))),
    request(status, aksk(), '13800000021'),
    request('{"called":"+8613800000021', aksk()),
    request({ ...status, eventType: 13800000021 }, aksk()),
    request(`{"eventType":"${'13800000021'.repeat(30_000)}"}`, aksk()),
    { ...request('/w==', aksk()), isBase64Encoded: true },
  ],
  'receive-hangup': [
    request(hangup),
    request({ ...signedHangup, called: '13800000021' }),
    request({ ...signedHangup, called: '8888 0067' }),
    request({ ...signedHangup, nonce: '' }),
    request({ ...signedHangup, callSerialNo: 1197765 }),
  ],
}
const settingsOf = { 'receive-status': '/apps', 'receive-hangup': '/keys' }
const names = ['receive-status', 'receive-hangup'] as const

test.each(names)('%s writes nothing while all is well', async (name) => {
  expect(await invoke(name, good[name], { SIGNATURE_PARAMETER: settingsOf[name] })).toEqual([])
})

test.each(names)('%s counts what it keeps out and writes nothing else', async (name) => {
  const lines = await invoke(name, bad[name], { SIGNATURE_PARAMETER: settingsOf[name] })
  const counted = lines.flatMap((line) => Object.keys(JSON.parse(line)).filter((member) => member !== '_aws'))
  expect(counted).toEqual(
    name === 'receive-status'
      ? ['unsigned', 'malformed', 'mismatch', 'unknown-key', 'stale'].map((verdict) => `refused.voice-call.${verdict}`)
      : ['unsigned', 'mismatch', 'ambiguous', 'malformed', 'mismatch'].map((verdict) => `refused.aicc.${verdict}`),
  )
})

test.each(names)('%s tells of servers that are down and secrets that cannot be read by name alone', async (name) => {
  const down = 'http://127.0.0.1:1'
  const keys = { SIGNATURE_PARAMETER: settingsOf[name] }
  const platform = name === 'receive-status' ? 'voice-call' : 'aicc'
  expect(await invoke(name, good[name], { ...keys, AWS_ENDPOINT_URL_SQS: down })).toEqual([
    expect.stringContaining(`"held.${platform}":1}`),
    'Cannot queue a callback: ECONNREFUSED',
  ])
  const servers = { AWS_ENDPOINT_URL_SQS: down, AWS_ENDPOINT_URL_DYNAMODB: down }
  expect(await invoke(name, good[name], { ...keys, ...servers })).toEqual([
    expect.stringContaining(`"refused.${platform}.not-kept":1}`),
    'Cannot queue a callback: ECONNREFUSED',
    'Cannot keep a callback: ECONNREFUSED',
  ])
  const notReady = expect.stringContaining('not-ready')
  const blind = await invoke(name, good[name], { ...keys, AWS_ENDPOINT_URL_SSM: down })
  // Once while it starts, and once for the request.
  expect(blind).toEqual([notReady, ...Array(2).fill(expect.stringMatching(/^Cannot read the secrets: \w+$/))])
  const unreadable = { TOKENS_PARAMETER: '/bad-tokens', SIGNATURE_PARAMETER: '/bad-keys' }
  const garbled = await invoke(name, good[name], unreadable)
  expect([...new Set(garbled)]).toEqual([
    notReady,
    expect.stringMatching(
      /^Cannot read a secret: found \d+ characters of something else, wanted JSON: parameter \/bad-tokens$/,
    ),
    expect.stringMatching(/^Cannot read a secret: .*: parameter \/bad-keys$/),
  ])
})

const message = (body: JsonObject | string, source = 'voice-call') => ({
  messageId: String(Math.random()),
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: { SentTimestamp: '0' },
  messageAttributes: {
    source: { stringValue: source, dataType: 'String' },
    verdict: { stringValue: 'stale', dataType: 'String' },
  },
})
const batch = [
  {
    Records: [
      message(status),
      message({ eventType: 'fee', feeLst: [{ sessionId, calleeNum: '+8613800000021' }, '13800000021'] }),
      message(signedHangup, 'aicc'),
      message('{"called":"+8613800000021"'),
      message(status, '+8613800000021'),
    ],
  },
]

test('store-callbacks writes one line of metrics, and of what fails the error and a hash of the call', async () => {
  const [line = '', ...others] = await invoke('store-callbacks', batch, {})
  expect(others).toEqual([])
  expect(JSON.parse(line)).toMatchObject({
    'accepted.voice-call.stale': 3,
    'accepted.aicc.stale': 1,
    'accepted.unknown.stale': 1,
  })
  for (const service of ['DYNAMODB', 'SNS']) {
    const lines = await invoke('store-callbacks', batch, { [`AWS_ENDPOINT_URL_${service}`]: 'http://127.0.0.1:1' })
    expect(lines.filter((line) => line.startsWith('Cannot')).length).toBeGreaterThan(0)
    for (const line of lines)
      expect(line).toMatch(
        /^(\{"_aws".*|Cannot (store call [\w-]{16}|mark call [\w-]{16} as missing|quarantine a record|publish calls [\w-]{16}( [\w-]{16})*): \w+)$/,
      )
  }
})

test('read-calls lets no id and no query into its log', async () => {
  const events = [
    { pathParameters: { source: 'voice-call', id: sessionId } },
    { queryStringParameters: { day: '13800000021', cursor: '13800000021' } },
  ]
  expect(await invoke('read-calls', events, {})).toEqual([])
  await invoke('read-calls', events, { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' })
})
