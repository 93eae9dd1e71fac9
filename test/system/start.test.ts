import { spawn } from 'node:child_process'
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbeddedAws } from '../../local/embedded-aws.ts'
import type { Receiver } from '../../local/receiver.ts'
import type { CallView } from '../../shared/call-view.ts'
import type { JsonObject } from '../../shared/json.ts'
import { drain, toRecords } from '../aws.ts'
import { forCall, readFixture, status } from '../shared/messages.ts'
import { start, stop, untilExit, untilReady } from './process.ts'

const sqsAt = (endpoint: string) =>
  new SQSClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    useQueueUrlAsEndpoint: false,
  })

const post = (url: string, message: JsonObject, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: JSON.stringify(message), headers })

describe('npm start -- --json', () => {
  let started: ReturnType<typeof start>
  let urls: Receiver['urls']
  let sqs: SQSClient

  beforeAll(async () => {
    started = start('start', ['--json'])
    urls = JSON.parse(await untilReady(started))
    sqs = sqsAt(urls.sqsEndpoint)
  })
  afterAll(async () => {
    expect(await stop(started)).toBe(0)
    // All that was ever printed: one line, no warning.
    expect(started.output.stdout.split('\n')).toHaveLength(2)
    expect(started.output.stderr).toBe('')
  })

  test('says in one line where everything is', () => {
    expect(urls).toEqual({
      statusUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/status$/),
      cdrUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/cdr$/),
      hangupUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/hangup$/),
      callsUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/calls$/),
      sqsEndpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      callRecordsQueueUrl: expect.stringContaining('call-records'),
      deadLetterQueueUrl: expect.stringContaining('dead-letters'),
      dynamodbEndpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      tableName: 'huawei-call-receiver-local-calls',
      pageUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
    })
  })

  test('the documented messages become call records', async () => {
    const play = async (name: string, sessionId: string, url: string) => {
      for (const message of await readFixture(name)) {
        const answer = await post(url, forCall(message, sessionId), {
          'Content-Type': 'application/json;charset=UTF-8',
        })
        expect([answer.status, await answer.text()]).toEqual([200, '{"resultcode":"0","resultdesc":"Success"}'])
        expect(answer.headers.get('content-type')).toBe('application/json;charset=UTF-8')
      }
    }
    await play('call-back-cdr-answered', 'cdr', urls.cdrUrl)
    await play('notification-cdr-answered', 'notification', urls.statusUrl)
    await play('notification-cdr-busy', 'busy', urls.cdrUrl)
    await play('call-back-status-sequence-answered', 'status-only', urls.cdrUrl)
    await play('call-back-status-sequence-answered', 'both', urls.statusUrl)
    await play('call-back-status-sequence-answered', 'both', urls.statusUrl)
    await play('call-back-cdr-answered', 'both', urls.cdrUrl)

    const view = async (id: string): Promise<CallView> =>
      JSON.parse(await (await fetch(`${urls.callsUrl}/voice-call/${id}`)).text())
    await expect.poll(() => view('both')).toMatchObject({ revision: 8, completeness: 'complete', talkSeconds: 11 })
    await expect
      .poll(() => view('status-only'))
      .toMatchObject({ revision: 7, completeness: 'status-only', talkSeconds: 11 })

    const latest = new Map(
      toRecords(await drain(sqs, urls.callRecordsQueueUrl, 4))
        .sort((a, b) => a.revision - b.revision)
        .map((record) => [record.callId, record]),
    )
    expect(latest.get('voice-call/cdr')).toMatchObject({
      disposition: 'answered',
      talkSeconds: 11,
      ringSeconds: 2,
      billableMinutes: 2,
    })
    expect(latest.get('voice-call/notification')).toMatchObject({
      disposition: 'answered',
      talkSeconds: 18,
      billableMinutes: 1,
    })
    expect(latest.get('voice-call/busy')).toMatchObject({ disposition: 'busy' })
    expect(latest.get('voice-call/both')).toMatchObject({ talkSeconds: 11 })
    const { events, ...record } = await view('cdr')
    expect(latest.get('voice-call/cdr')).toEqual(record)
    expect(events).toHaveLength(1)
  })

  test("AICC's documented hang-up becomes a call record, in either way of sending text", async () => {
    const { readFile } = await import('node:fs/promises')
    const body = await readFile(new URL('../fixtures/aicc/hangup-answered.json', import.meta.url), 'utf8')
    for (const type of ['application/json', 'text/plain']) {
      const answer = await fetch(urls.hangupUrl, { method: 'POST', body, headers: { 'Content-Type': type } })
      expect([answer.status, await answer.text()]).toEqual([200, '{"retCode":"0","retMsg":"success"}'])
    }
    const url = `${urls.callsUrl}/aicc/1197765398201387012`
    await expect
      .poll(async () => JSON.parse(await (await fetch(url)).text()))
      .toMatchObject({ source: 'aicc', revision: 1, talkSeconds: 5.9 })
    const records = toRecords(await drain(sqs, urls.callRecordsQueueUrl, 1))
    expect(records).toContainEqual(
      expect.objectContaining({ callId: 'aicc/1197765398201387012', disposition: 'answered' }),
    )
  })

  test("a body for one platform is refused on the other's path", async () => {
    const hangup = await post(urls.statusUrl, { callSerialNo: '1' })
    expect([hangup.status, await hangup.json()]).toMatchObject([400, { code: 'other-platform' }])
    const event = await post(urls.hangupUrl, { ...status('answer', '10:00:00'), callSerialNo: '1' })
    expect([event.status, await event.json()]).toMatchObject([400, { retCode: 'other-platform' }])
  })

  test('any content type is taken, and any bytes get a defined answer', async () => {
    for (const [index, type] of [
      '',
      'text/plain',
      'application/json',
      'application/octet-stream',
      'nonsense',
    ].entries()) {
      const answer = await post(
        urls.statusUrl,
        forCall(status('answer', '10:00:00'), `type-${index}`),
        type ? { 'Content-Type': type } : {},
      )
      expect(answer.status).toBe(200)
    }
    const bytes = Uint8Array.of(0x7b, 0xff, 0x7d)
    for (const type of ['application/json', 'application/octet-stream']) {
      const answer = await fetch(urls.cdrUrl, { method: 'POST', body: bytes, headers: { 'Content-Type': type } })
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'not-utf8' }])
    }
  })

  test('other paths and methods get what API Gateway answers', async () => {
    const base = urls.statusUrl.replace('/status', '')
    expect((await fetch(`${base}//[`)).status).toBe(404)
    for (const [method, path] of [
      ['GET', '/status'],
      ['POST', '/calls'],
      ['POST', '/'],
      ['POST', '/status/'],
      ['DELETE', '/cdr'],
    ]) {
      const answer = await fetch(`${base}${path}`, { method: method ?? '' })
      expect([answer.status, await answer.text()]).toEqual([404, '{"message":"Not Found"}'])
    }
    expect((await fetch(`${urls.callsUrl}/voice-call/no%2Fsuch%40call`)).status).toBe(404)
  })

  test('a session id that needs escapes in a path is found by it', async () => {
    const sessionId = '1201_601@host/1+2 键'
    await post(urls.cdrUrl, { eventType: 'fee', feeLst: [{ sessionId }] })
    const url = `${urls.callsUrl}/voice-call/${encodeURIComponent(sessionId)}`
    await expect.poll(async () => (await fetch(url)).status).toBe(200)
  })
})

describe('npm start', () => {
  test('prints the URLs and a line to try, and stops on a signal', async () => {
    const started = start('start', [])
    const text = await untilReady(started, (printed) => printed.includes('curl'))
    expect(text).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/status/)
    const [, pageUrl = ''] = /page +(http:\/\/127\.0\.0\.1:\d+\/)/.exec(text) ?? []
    expect(await (await fetch(pageUrl)).text()).toMatch(/^<!doctype html>/)
    const [, file = '', url = ''] = /curl -d @(\S+) (\S+)/.exec(text) ?? []
    const { readFile } = await import('node:fs/promises')
    const answer = await fetch(url, { method: 'POST', body: await readFile(new URL(`../../${file}`, import.meta.url)) })
    expect(answer.status).toBe(200)
    await untilReady(started, (printed) =>
      printed.includes('call-back +86138***0021 → +86138***7021 answered, 11 s of talk'),
    )
    expect(await stop(started, 'SIGTERM')).toBe(0)
    expect(started.output.stderr).toBe('')
  })

  test('stops when the npm that started it is gone', async () => {
    const npm = spawn('npm', ['start', '--', '--json'], {
      cwd: new URL('../..', import.meta.url),
      env: { PATH: process.env.PATH, PORT: '0' },
    })
    let printed = ''
    npm.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
    await expect.poll(() => printed).toContain('callsUrl')
    const { callsUrl } = JSON.parse(printed.slice(printed.indexOf('{')))
    expect((await fetch(callsUrl)).status).toBe(200)
    npm.kill('SIGTERM')
    await expect
      .poll(() =>
        fetch(callsUrl).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone')
  })

  test('uses the servers that the standard variables name, creates what is missing there and finds it again', async () => {
    const aws = await startEmbeddedAws({})
    const env = {
      AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
      AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
      AWS_ENDPOINT_URL_SNS: aws.snsEndpoint,
    }
    for (const sessionId of ['first', 'second']) {
      const started = start('start', ['--json', '--param', 'publish=every-revision'], env)
      const urls: Receiver['urls'] = JSON.parse(await untilReady(started))
      expect(urls).toMatchObject({ sqsEndpoint: aws.sqsEndpoint, dynamodbEndpoint: aws.dynamodbEndpoint })
      await post(urls.cdrUrl, { eventType: 'fee', feeLst: [{ sessionId }] })
      expect(toRecords(await drain(sqsAt(aws.sqsEndpoint), urls.callRecordsQueueUrl, 1))).toMatchObject([
        { callId: `voice-call/${sessionId}` },
      ])
      expect((await fetch(`${urls.callsUrl}/voice-call/first`)).status).toBe(200)
      expect(await stop(started)).toBe(0)
    }
    await aws.stop()
  })

  test('what is set for real accounts neither stops it nor leads it there', async () => {
    const settings: readonly NodeJS.ProcessEnv[] = [
      { AWS_PROFILE: 'work', AWS_USE_FIPS_ENDPOINT: 'true', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      { AWS_ENDPOINT_URL_SQS: '', AWS_ENDPOINT_URL_DYNAMODB: '', AWS_REGION: '', AWS_ACCESS_KEY_ID: 'real' },
    ]
    for (const env of settings) {
      const started = start('start', ['--json'], env)
      expect(JSON.parse(await untilReady(started)).sqsEndpoint).toMatch(/^http:\/\/127\.0\.0\.1:/)
      expect([await stop(started), started.output.stderr]).toEqual([0, ''])
    }
  })

  test('says what is wrong with how it was called', async () => {
    const cases: readonly [readonly string[], NodeJS.ProcessEnv, string][] = [
      [['--jsno'], {}, "Unknown option '--jsno': --help tells the options"],
      [
        [],
        { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
        'found one of AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_SNS, wanted both or none',
      ],
      [['--param', 'publish'], {}, 'Cannot start: found --param publish, wanted --param name=value'],
      [
        ['--param', 'pubish=ended'],
        {},
        'Cannot start: found --param pubish, wanted one of publish, retentionDays, aiccUtcOffset, edition, answerBudgetMs, tokens',
      ],
      [
        ['--param', 'publish=all'],
        {},
        'Cannot start: found "all" as environment variable PUBLISH, wanted one of ended, every-revision',
      ],
      [
        [],
        { CALLBACK_TOKENS: '["short"]' },
        'Cannot start: CALLBACK_TOKENS: Cannot read a secret: found other text of 5 characters at [0], wanted 16 to 26 letters, digits or -; such as ["<token>"]',
      ],
      [
        ['--param', 'aiccSignature=enforce'],
        {},
        'Cannot start: found --param aiccSignature=enforce and no secrets, wanted them in AICC_KEYS, such as ["<shared key>"]',
      ],
      [
        ['--param', 'tokensParameter=/tokens'],
        {},
        'Cannot start: found --param tokensParameter and no secrets, wanted them in CALLBACK_TOKENS',
      ],
      [[], { PORT: 'http' }, 'Cannot start: found PORT http, wanted a number from 0 to 65535'],
    ]
    const taken = start('start', ['--json'])
    const { port } = new URL(JSON.parse(await untilReady(taken)).statusUrl)
    const wanted = 'Cannot start: found the port taken, wanted a free one: set PORT, for example PORT=3001 or PORT=0'
    await Promise.all(
      [...cases, [[], { PORT: port }, wanted] as const].map(async ([args, env, message]) => {
        const started = start('start', args, env)
        const code = await untilExit(started)
        expect([code, started.output.stdout]).toEqual([1, ''])
        expect(started.output.stderr).toContain(message)
      }),
    )
    await stop(taken)
  })

  test('--help tells the options', async () => {
    const started = start('start', ['--help'])
    const code = await untilExit(started)
    expect([code, started.output.stdout]).toEqual([0, expect.stringContaining('--param name=value')])
  })
})
