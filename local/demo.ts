import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { CallRecord } from '../shared/call-record.ts'
import { isObject, type Json, type JsonObject } from '../shared/json.ts'
import { runCommand } from './arguments.ts'
import { startReceiver } from './receiver.ts'
import { push, type Receiver } from './simulator/platform.ts'
import { createRandom } from './simulator/random.ts'
import { createProgressBar, isFlawless, isFooled, toReport } from './simulator/report.ts'
import { readSecrets, signHeaders, toReceiver } from './simulator/signing.ts'
import { simulate } from './simulator/simulation.ts'

const help = `Starts a receiver of its own, plays documented messages and 200 simulated calls with every trouble, and stops.

  npm run demo

Exit code 1 if anything is wrong.
`

/** The documented messages, and what their call records have to say. */
const documented: readonly { readonly file: string; readonly expected: Partial<CallRecord> }[] = [
  {
    file: 'call-back-cdr-answered',
    expected: { disposition: 'answered', ringSeconds: 2, talkSeconds: 11, billableMinutes: 2 },
  },
  {
    file: 'notification-cdr-answered',
    expected: { disposition: 'answered', ringSeconds: 4, talkSeconds: 18, billableMinutes: 1 },
  },
  { file: 'notification-cdr-busy', expected: { disposition: 'busy', ringSeconds: 22, billableMinutes: 0 } },
  {
    file: 'call-back-status-sequence-answered',
    expected: { disposition: 'answered', ringSeconds: 2, talkSeconds: 11, billableMinutes: 2 },
  },
  {
    file: 'notification-status-sequence-collect',
    expected: { disposition: 'answered', ringSeconds: 4, talkSeconds: 18, digits: '1' },
  },
]

const run = async (): Promise<void> => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } })
  if (values.help) return console.log(help)

  // Servers of its own, whatever the environment names, so that nothing of a team's is touched.
  for (const service of ['DYNAMODB', 'SQS', 'SNS']) delete process.env[`AWS_ENDPOINT_URL_${service}`]
  // Where local time is not UTC, a time read in the wrong zone shows.
  process.env.TZ = 'Asia/Shanghai'
  // Secrets of its own, and whatever is not signed with them stays outside.
  const secret = () => randomBytes(10).toString('hex')
  const url = 'https://callback.example.com/cdr'
  Object.assign(process.env, {
    CALLBACK_TOKENS: JSON.stringify([secret()]),
    VOICE_CALL_SECRETS: JSON.stringify({ urls: [url], apps: { exampleAppKey: [secret()] } }),
    AICC_KEYS: JSON.stringify([secret()]),
  })
  const policies = { voiceCallSignature: 'enforce', aiccSignature: 'enforce' }
  const local = await startReceiver(process.env, 0, policies)
  const { urls } = local
  const receiver = toReceiver(urls, readSecrets(process.env))
  try {
    console.log('Documented messages, each pushed to the receiver and read back from GET /calls:')
    let asExpected = true
    for (const { file, expected } of documented)
      asExpected = (await playDocumented(file, expected, receiver, urls.callsUrl)) && asExpected

    console.log(
      '\n200 simulated calls, pushed out of order, late, twice, unheard and odd, among forged and replayed callbacks, each\nrecord compared field by field:',
    )
    const sqs = new SQSClient({ endpoint: urls.sqsEndpoint, useQueueUrlAsEndpoint: false })
    const plan = {
      run: Date.now().toString(36),
      calls: 200,
      rate: 0,
      concurrent: 50,
      seed: 1,
      hour: 1000,
      outOfOrder: 0.2,
      late: 0.2,
      lostAnswer: 0.1,
      odd: 0.3,
      aicc: 0.2,
      hostile: 0.3,
    }
    const bar = createProgressBar(plan.calls, process.stderr)
    const began = Date.now()
    const downstream = { sqs, queueUrl: urls.callRecordsQueueUrl, patience: 30_000 }
    const result = await simulate(plan, receiver, downstream, bar.show)
    bar.clear()
    console.log(toReport(result, plan.seed, (Date.now() - began) / 1000))
    process.exitCode = asExpected && isFlawless(result) && !isFooled(result) ? 0 : 1
  } finally {
    await local.stop()
  }
}

/** Pushes the messages of a file as a call of their own and prints what became of them. */
const playDocumented = async (
  file: string,
  expected: Partial<CallRecord>,
  { statusUrl: url, secrets: { voiceCall } }: Receiver,
  callsUrl: string,
): Promise<boolean> => {
  const text = await readFile(new URL(`../test/fixtures/voice-call/${file}.json`, import.meta.url), 'utf8')
  const parsed: Json = JSON.parse(text.replaceAll(/"sessionId": *"[^"]*"/g, `"sessionId":"${file}"`))
  const messages = (Array.isArray(parsed) ? parsed : [parsed]).filter((message: Json): message is JsonObject =>
    isObject(message),
  )
  const headers = voiceCall ? signHeaders(voiceCall, createRandom(1, 0), new Date()) : {}
  const taken = await Promise.all(messages.map((message) => push({ url, headers, body: JSON.stringify(message) })))

  const record = await readRecord(`${callsUrl}/voice-call/${file}`, messages.length)
  const told = Object.keys(expected).map(
    (name) => `${name} ${JSON.stringify(Object.entries(record).find(([key]) => key === name)?.[1])}`,
  )
  const isRight =
    taken.every(Boolean) &&
    Object.entries(expected).every(([name, value]) =>
      Object.entries(record).some(([key, found]) => key === name && found === value),
    )
  console.log(`  ${isRight ? '✓' : '✗'} ${file.padEnd(38)} ${told.join(', ').replaceAll('"', '')}`)
  return isRight
}

const readRecord = async (url: string, revision: number): Promise<Partial<CallRecord>> => {
  const deadline = Date.now() + 60_000
  let record: Partial<CallRecord> = {}
  while ((record.revision ?? 0) < revision && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const answer = await fetch(url)
    if (answer.ok) record = JSON.parse(await answer.text())
  }
  return record
}

runCommand(run)
