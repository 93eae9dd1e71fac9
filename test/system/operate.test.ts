import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHttpApi } from '../../local/http-api.ts'
import { problemsOf } from '../../operate/callback-urls.ts'
import { drain, startAws, toRecords } from '../aws.ts'
import { cdr, forCall, status } from '../shared/messages.ts'
import { start, stop, untilReady } from './process.ts'

const run = promisify(execFile)
let aws: Awaited<ReturnType<typeof startAws>>
let server: ReturnType<typeof createHttpApi>
let port: number
let callbacks: string
let records: string
let deadLetters: string

beforeAll(async () => {
  aws = await startAws()
  callbacks = await aws.ref('Callbacks')
  records = await aws.ref('CallRecordsQueue')
  deadLetters = await aws.ref('DeadLetters')
  const names = [
    ...['CALLS_TABLE', 'CALLBACKS_QUEUE_URL', 'CALL_RECORDS_TOPIC_ARN', 'AICC_UTC_OFFSET', 'EDITION', 'PUBLISH'],
    ...['RETENTION_DAYS', 'AWS_REGION', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL_SNS'],
  ]
  // What npm start tells of itself, without a worker that would take what these tests put on the queue.
  const environment = Object.fromEntries(names.map((name) => [name, process.env[name]]))
  server = createHttpApi([], () => ({ environment }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address ? address.port : 0
})
afterAll(async () => {
  server.close()
  await aws.stop()
})
beforeEach(async () => {
  for (const queue of [callbacks, records, deadLetters]) await drain(aws.sqs, queue)
})

/** Runs a command as npm does, against what PORT says. */
const command = async (name: string, ...args: readonly string[]): Promise<string> => {
  const env = { PATH: process.env.PATH, PORT: String(port) }
  const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', `operate/${name}.ts`, ...args], { env })
  expect(stderr).toBe('')
  return stdout
}
const failing = async (name: string, ...args: readonly string[]): Promise<string> => {
  const failure: unknown = await command(name, ...args).then(
    () => 'no failure',
    (error: unknown) => error,
  )
  return String(Object(failure).stderr)
}

let sent = 0
const store = async (messages: readonly { readonly body: unknown; readonly source?: string }[]) => {
  const { handler } = await import('../../functions/store-callbacks.ts')
  const Records = messages.map(({ body, source = 'voice-call' }) => ({
    messageId: String(sent++),
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { SentTimestamp: '1769508000000' },
    messageAttributes: {
      source: { dataType: 'String', stringValue: source },
      verdict: { dataType: 'String', stringValue: 'valid' },
      receivedAt: { dataType: 'String', stringValue: '2026-01-27T10:00:00.000Z' },
    },
  }))
  expect(await handler({ Records } as never, {} as never, () => undefined)).toEqual({ batchItemFailures: [] })
}
const take = async (queue: string) =>
  (await drain(aws.sqs, queue)).map(({ Body, MessageAttributes: attributes }) => ({
    body: Body,
    source: attributes?.source?.StringValue,
    verdict: attributes?.verdict?.StringValue,
    receivedAt: attributes?.receivedAt?.StringValue,
  }))

test('missing calls are listed as the vendor needs them', async () => {
  expect(await command('list', 'missing')).toBe('source,sessionId,firstHeardAt,lastHeardAt,lastEvent,lastEventAt\n')
  await store([{ body: forCall(status('answer', '09:59:00'), '=missing,"1"') }])
  await store([{ body: { callId: 'voice-call/=missing,"1"' }, source: 'sweep' }])
  const [, row] = (await command('list', 'missing')).split('\n')
  expect(row).toMatch(
    /^voice-call,"'=missing,""1""",2026-01-27T10:00:00.000Z,\d{4}-[^,]*Z,answer,2026-01-27T09:59:00.000Z$/,
  )
})

test('quarantined records are listed without their content, put through again and quarantined again', async () => {
  const bad = '{"eventType":"answer","statusInfo":{"called":"+8613800000021"}}'
  // An escape that stands for a character which a queue refuses comes out of the table as that character.
  await store([{ body: bad }, { body: '{"eventType":"fee","feeLst":[{"sessionId":"fine"},{"icid":"\\uffff"}]}' }])
  const listed = await command('list', 'quarantined')
  expect(listed.split('\n')).toHaveLength(4)
  expect(listed).toMatch(
    /^quarantined\/[\w-]{16},voice-call,2026-01-27T10:00:00.000Z,.*Z,no-session-id,\/feeLst\/0\/sessionId,/m,
  )
  expect(listed).not.toContain('13800000021')

  expect(await command('replay', 'quarantined', '--reason', 'too-deep')).toBe(
    '0 quarantined records are on the queue again\n',
  )
  expect(await command('replay', 'quarantined')).toBe('2 quarantined records are on the queue again\n')
  expect((await command('list', 'quarantined')).split('\n')).toHaveLength(2)
  const again = await take(callbacks)
  expect(again).toHaveLength(2)
  expect(again).toContainEqual({
    body: bad,
    source: 'voice-call',
    verdict: 'valid',
    receivedAt: '2026-01-27T10:00:00.000Z',
  })
  await store(again.map(({ body }) => ({ body })))
  expect((await command('list', 'quarantined')).split('\n')).toHaveLength(4)
})

test('held callbacks are listed', async () => {
  const { openHeldCallbacks } = await import('../../shared/held-callbacks.ts')
  const held = openHeldCallbacks(await aws.ref('Calls'))
  await held.hold({ body: '{}', source: 'aicc', verdict: 'stale', receivedAt: '2026-01-27T10:00:00.000Z' }, 5000)
  const [, row] = (await command('list', 'held')).split('\n')
  expect(row).toMatch(/^[\w-]{16},aicc,2026-01-27T10:00:00.000Z,stale,2$/)
})

describe('dead letters', () => {
  const put = (body: unknown, source: string) =>
    aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: deadLetters,
        MessageBody: JSON.stringify(body),
        MessageAttributes: {
          source: { DataType: 'String', StringValue: source },
          verdict: { DataType: 'String', StringValue: 'off' },
          receivedAt: { DataType: 'String', StringValue: '2026-01-27T10:00:00.000Z' },
        },
      }),
    )

  test('are listed by the hash of their call, and put back with all that they came with', async () => {
    expect(await command('dead-letters')).toBe('No dead letters\n')
    const { hash } = await import('../../shared/fact.ts')
    const message = forCall(status('answer', '10:00:00'), '+8613800000021')
    await put(message, 'voice-call')
    await put({ nothing: '+8613800000021' }, 'elsewhere')
    const listed = await command('dead-letters')
    expect(listed).toContain(`voice-call  ${hash('voice-call/+8613800000021')}  not stored or published`)
    expect(listed).toContain('not quarantined: unknown-source')
    expect(listed).toContain('2 dead letters; --restore puts them back')
    expect(listed).not.toContain('13800000021')

    expect(await command('dead-letters', '--restore')).toBe('2 dead letters are on the queue of callbacks again\n')
    expect(await command('dead-letters')).toBe('No dead letters\n')
    expect(await take(callbacks)).toContainEqual({
      body: JSON.stringify(message),
      source: 'voice-call',
      verdict: 'off',
      receivedAt: '2026-01-27T10:00:00.000Z',
    })
  })
})

test('records are sent again with the ids that they had, to every subscriber or to one queue', async () => {
  const end = (day: string) => ({ callEndTime: `${day} 10:00:00`, callOutAnswerTime: `${day} 09:59:00` })
  for (const day of ['2026-02-01', '2026-02-02', '2026-02-04'])
    await store([{ body: forCall(cdr(end(day)), `of-${day}`) }])
  await store([{ body: forCall(status('answer', '10:00:00'), 'open-call') }])
  const first = toRecords(await drain(aws.sqs, records))
  expect(first).toHaveLength(3)

  expect(await command('republish', '--from', '2026-02-01', '--to', '2026-02-03')).toBe('Call records sent again: 2\n')
  const again = toRecords(await drain(aws.sqs, records))
  expect(again).toHaveLength(2)
  for (const record of again) expect(first).toContainEqual(record)

  const { QueueUrl = '' } = await aws.sqs.send(new CreateQueueCommand({ QueueName: `lost-${Date.now()}` }))
  const range = ['--from', '2026-02-04', '--to', '2026-02-04']
  expect(await command('republish', ...range, '--queue-url', QueueUrl)).toBe('Call records sent again: 1\n')
  expect(await drain(aws.sqs, records)).toEqual([])
  const [alone, ...others] = await drain(aws.sqs, QueueUrl)
  expect(others).toEqual([])
  expect(JSON.parse(alone?.Body ?? '')).toEqual(first.find(({ callId }) => callId === 'voice-call/of-2026-02-04'))
  expect(alone?.MessageAttributes?.state?.StringValue).toBe('ended')
})

test('one call is erased, with what is quarantined or held of it, and nothing else', async () => {
  const id = '1201_+8613800000021_+8613900000022_@host/1'
  const { openHeldCallbacks } = await import('../../shared/held-callbacks.ts')
  const held = openHeldCallbacks(await aws.ref('Calls'))
  await store([
    { body: forCall(status('answer', '10:00:00'), id) },
    { body: forCall(status('answer', '10:00:00'), 'other') },
  ])
  await store([{ body: JSON.stringify({ eventType: 'answer', statusInfo: { note: id } }) }])
  const body = JSON.stringify(forCall(status('disconnect', '10:00:00'), id))
  await held.hold({ body, source: 'voice-call', verdict: 'off', receivedAt: '2026-01-27T10:00:00.000Z' }, 5000)
  expect(await command('erase', `voice-call/${id}`)).toBe('Would erase: voice-call, quarantined, held; --yes does it\n')
  expect(await command('erase', `voice-call/${id}`, '--yes')).toBe('Erased: voice-call, quarantined, held\n')
  expect(await failing('erase', `voice-call/${id}`)).toContain('Cannot erase: found nothing of this call')
  expect(await failing('erase', 'voice-call/a/')).toContain('Cannot erase: found nothing of this call')
  expect(await failing('erase', 'voice-call/')).toContain('Cannot erase: found no call')
  // An id that came as a number is the same one as text.
  await store([{ body: JSON.stringify({ eventType: 'answer', statusInfo: { note: 987654321 } }) }])
  expect(await command('erase', 'voice-call/987654321', '--yes')).toBe('Erased: quarantined\n')
  // What is about other calls too stays, and so does what only looks alike.
  const both = JSON.stringify({ eventType: 'fee', feeLst: [{ sessionId: id }, { sessionId: 'another' }] })
  const alike = JSON.stringify({ eventType: 'fee', feeLst: [{ sessionId: `${id}2` }] })
  for (const one of [both, alike])
    await held.hold({ body: one, source: 'voice-call', verdict: 'off', receivedAt: '2026-01-27T10:00:00.000Z' }, 5000)
  const left = await run(process.execPath, ['--import', 'tsx', 'operate/erase.ts', `voice-call/${id}`, '--yes'], {
    env: { PATH: process.env.PATH, PORT: String(port) },
  }).catch((error: unknown) => Object(error))
  expect(left).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^Erased: nothing\nLeft held\/\S+: it is about other calls too/),
  })
  expect((await held.get(await held.list(10))).map(({ callback }) => callback.body)).toEqual(
    expect.arrayContaining([both, alike]),
  )
  const { openCallsReader } = await import('../../shared/calls-table.ts')
  const reader = openCallsReader(await aws.ref('Calls'))
  expect(await reader.getCall(`voice-call/${id}`)).toBeUndefined()
  expect(await reader.getCall('voice-call/other')).toBeDefined()
  for (const wrong of [[], ['voice-call/'], ['x'], ['a/b', 'c/d']])
    expect(await failing('erase', ...wrong)).toContain('Cannot erase: found no call')
  expect(await failing('erase', 'voice-call/nobody')).toContain('found nothing of this call, wanted the id')
  expect(await failing('erase', 'elsewhere/x')).toContain('wanted one of voice-call, aicc')
})

test('items of an older version that lack what newer ones have are listed all the same', async () => {
  const Item = { id: { S: 'quarantined/older' }, listing: { S: 'quarantined#0' }, listedAt: { S: '2025-01-01' } }
  await aws.dynamodb.send(new PutItemCommand({ TableName: await aws.ref('Calls'), Item }))
  expect(await command('list', 'quarantined')).toContain('quarantined/older,,2025-01-01,,,,,0')
})

describe('what is registered at Huawei', () => {
  let local: ReturnType<typeof start>
  const token = 'aTokenOfMyOwn-2026'
  beforeAll(async () => {
    local = start('start', ['--json'], { CALLBACK_TOKENS: JSON.stringify([token]) })
    await untilReady(local)
  })
  afterAll(() => stop(local))
  const told = async (name: string, env: NodeJS.ProcessEnv = {}, ...args: readonly string[]) => {
    const PORT = new URL(JSON.parse(local.output.stdout).statusUrl).port
    const all = { PATH: process.env.PATH, PORT, ...env }
    const options = { env: all }
    return run(process.execPath, ['--import', 'tsx', `operate/${name}.ts`, ...args], options).then(
      ({ stdout }) => stdout,
      (error: unknown) => String(Object(error).stdout) + String(Object(error).stderr),
    )
  }

  test('is printed with its Base64 and what the platform would say of it', async () => {
    const printed = await told('urls', { CALLBACK_TOKENS: JSON.stringify([token]) })
    const [, url = '', base64 = ''] = /URL +(\S+)\n +Base64 +(\S+)/.exec(printed) ?? []
    expect(url).toMatch(new RegExp(`^http://127.0.0.1:\\d+/status/${token}$`))
    expect(Buffer.from(base64, 'base64').toString()).toBe(url)
    expect(printed.match(/does not fit: it is not https/g)).toHaveLength(3)
    expect(await told('urls')).not.toContain(token)
  })

  test('is checked from outside', async () => {
    const healthy = await told('doctor', { CALLBACK_TOKENS: JSON.stringify([token]) })
    expect(healthy.match(/^✓/gm)).toHaveLength(4)
    expect(healthy).toContain('✓ /status: 200 and the body that Voice Call takes for a success')
    expect(healthy).toContain('✗ the status URL: it is not https')
    const without = await told('doctor')
    expect(without).toContain('✗ /cdr: found 404, wanted 200: the path is not known: is the token missing')
    expect(await told('doctor', {}, '--url', 'http://127.0.0.1:1')).toContain(
      'found no answer, wanted 200: nobody answers',
    )
  })

  test('is told of an address alone, whose calls must not be open to strangers', async () => {
    const printed = await told('urls', {}, '--url', 'https://calls.example.com/')
    expect(printed).toContain('URL     https://calls.example.com/status\n')
    expect(printed.match(/fits: \d+ bytes/g)).toHaveLength(3)
    expect(await told('urls', {}, '--url', 'calls')).toContain('found --url calls, wanted one such as https://')
    let status = 200
    const server = createServer((_, response) => response.writeHead(status).end('{}')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // Another name of this machine, as a tunnel's is.
    const url = `http://[::ffff:127.0.0.1]:${v.parse(v.object({ port: v.number() }), server.address()).port}`
    expect(await told('doctor', {}, '--url', url)).toContain('✗ GET /calls: found 200, wanted 403 or 404')
    status = 403
    expect(await told('doctor', {}, '--url', url)).toContain('✓ GET /calls: 403 to strangers')
    server.close()
  })

  test("fits in the platforms' limits, or does not", () => {
    const host = 'https://abcdefghij.execute-api.cn-northwest-1.amazonaws.com.cn'
    expect(problemsOf('voice-call', `${host}/status/${'a'.repeat(26)}`)).toEqual([])
    expect(problemsOf('voice-call', `${host}/status/${'a'.repeat(27)}`)).toEqual([
      'it has 97 bytes, and the platform takes 96',
    ])
    expect(problemsOf('voice-call', 'https://a.example.com/a_b?c=1')).toEqual([
      'it holds _ ? =, which the platform does not take',
    ])
    expect(problemsOf('aicc', 'https://a.example.com/a_b?c=1')).toEqual([
      'it holds =, which the platform does not take',
    ])
    expect(problemsOf('aicc', `https://a.example.com/${'a'.repeat(100)}`)).toEqual([])
  })
})

test('a command that is called wrongly says what it wants', async () => {
  expect(await failing('list')).toBe('Cannot list: found nothing, wanted missing, quarantined or held\n')
  expect(await failing('replay', 'missing')).toBe('Cannot replay: found missing, wanted quarantined\n')
  expect(await failing('republish', '--from', '2026-02-30', '--to', '2026-03-01')).toContain('found --from 2026-02-30')
  expect(await failing('republish', '--from', '2026-02-01')).toContain('found --to missing')
  expect(await failing('republish', '--from', '2026-02-02', '--to', '2026-02-01')).toContain('found --to 2026-02-01')
  for (const name of ['list', 'replay', 'dead-letters', 'republish', 'urls', 'doctor', 'erase'])
    expect(await command(name, '--help')).toContain('--stage prod')
})
