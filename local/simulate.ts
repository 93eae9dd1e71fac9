import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import { readPort, readShare, readWhole, runCommand } from './arguments.ts'
import { startEmbeddedAws } from './embedded-aws.ts'
import { startReceiver } from './receiver.ts'
import { createFaultProxy, createWeather, services, startOutages } from './simulator/faults.ts'
import type { Receiver } from './simulator/platform.ts'
import { createRandom } from './simulator/random.ts'
import { createProgressBar, isFlawless, toReport } from './simulator/report.ts'
import { readSecrets, signHeaders, toReceiver } from './simulator/signing.ts'
import { type Downstream, type Plan, simulate } from './simulator/simulation.ts'

const help = `Pushes calls to a receiver as the platform does, and compares every call record that comes out.

  npm run simulate -- [options]

  --calls 100          how many calls
  --rate 0             calls started in a second; 0 for as many as get through
  --concurrent 50      calls that are alive at once
  --seed N             the same seed gives the same calls; drawn and printed by default
  --hour 1000          what an hour of the platform takes here, in milliseconds
  --out-of-order 0     share of calls whose status events are pushed out of order
  --late 0             share of calls whose last status events are pushed after the CDR
  --lost-answer 0      share of pushes whose answer the platform does not hear
  --odd 0              share of calls whose messages deviate from the documents as real ones do
  --aicc 0.2           share of calls that are AICC's, the others are Voice Call's and PrivateNumber's
  --hostile 0          share of pushes beside which somebody else pushes: forged, replayed, truncated, …
  --faults             against a receiver of its own, between whose functions and servers requests are dropped, delayed,
                       refused, throttled or unheard, and servers are out for seconds
  --patience 30        seconds that the queue may stay empty before what has not come is missing
  --url URL            a deployed receiver, for example https://example.execute-api.eu-west-1.amazonaws.com
  --queue-url URL      a queue of its call records; region and credentials as in any AWS tool
  --help               this text

Without --url it talks to the receiver that npm start runs on PORT (default 3000) and reads its queue.
It takes every record off the queue, those of other calls included.
It signs and uses tokens as CALLBACK_TOKENS, VOICE_CALL_SECRETS and AICC_KEYS say (npm start -- --help tells more).
Exit code 1 if a call record is wrong or missing, or a callback was not taken.
`

const options = {
  calls: { type: 'string', default: '100' },
  rate: { type: 'string', default: '0' },
  concurrent: { type: 'string', default: '50' },
  seed: { type: 'string', default: String(randomInt(1_000_000)) },
  hour: { type: 'string', default: '1000' },
  'out-of-order': { type: 'string', default: '0' },
  late: { type: 'string', default: '0' },
  'lost-answer': { type: 'string', default: '0' },
  odd: { type: 'string', default: '0' },
  aicc: { type: 'string', default: '0.2' },
  hostile: { type: 'string', default: '0' },
  faults: { type: 'boolean', default: false },
  patience: { type: 'string', default: '30' },
  url: { type: 'string' },
  'queue-url': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const Local = v.object({
  statusUrl: v.string(),
  cdrUrl: v.string(),
  hangupUrl: v.string(),
  sqsEndpoint: v.string(),
  callRecordsQueueUrl: v.string(),
})

/** A callback that is none is answered with 400 by a receiver that would have taken one. */
const probe = async ({ statusUrl, hangupUrl, secrets: { voiceCall } }: Receiver): Promise<void> => {
  const headers = voiceCall ? signHeaders(voiceCall, createRandom(1, 1), new Date()) : {}
  for (const url of [statusUrl, hangupUrl]) {
    const answer = await fetch(url, { method: 'POST', body: '{', headers }).catch(() => undefined)
    if (!answer) throw new Error(`Cannot simulate: found nobody at ${new URL(url).origin}, wanted the receiver`)
    const hint = hints[answer.status]
    if (hint) throw new Error(`Cannot simulate: found answer ${answer.status}, wanted ${hint}`)
  }
}

const hints: { readonly [status: number]: string } = {
  401: 'a signature that is valid: set VOICE_CALL_SECRETS as for the receiver',
  404: "the path that callbacks are taken at: set CALLBACK_TOKENS as for the receiver, or check the receiver's --url",
  503: 'a receiver with its secrets: its log says what it lacks',
}

const findLocal = async (port: number): Promise<v.InferOutput<typeof Local>> => {
  const url = `http://127.0.0.1:${port}`
  const answer = await fetch(`${url}/local`).catch(() => undefined)
  if (!answer?.ok)
    throw new Error(`Cannot simulate: found no receiver at ${url}, wanted one: run npm start, or set PORT`)
  const told = v.safeParse(Local, await answer.json().catch(() => undefined))
  if (told.success) return told.output
  throw new Error(`Cannot simulate: found another server at ${url}, wanted the receiver that npm start runs`)
}

const run = async (): Promise<void> => {
  const { values } = parseArgs({ options })
  if (values.help) return console.log(help)
  const plan: Plan = {
    calls: readWhole('calls', values.calls, 1),
    run: Date.now().toString(36),
    rate: readWhole('rate', values.rate, 0),
    concurrent: readWhole('concurrent', values.concurrent, 1),
    seed: readWhole('seed', values.seed, 0),
    hour: readWhole('hour', values.hour, 0),
    outOfOrder: readShare('out-of-order', values['out-of-order']),
    late: readShare('late', values.late),
    lostAnswer: readShare('lost-answer', values['lost-answer']),
    odd: readShare('odd', values.odd),
    aicc: readShare('aicc', values.aicc),
    hostile: readShare('hostile', values.hostile),
  }
  const patience = readWhole('patience', values.patience, 1) * 1000

  if (values.faults) return simulateWithFaults(plan, patience)
  const { url, 'queue-url': queueUrl = '' } = values
  if ((url === undefined) !== (queueUrl === ''))
    throw new Error('Cannot simulate: found one of --url and --queue-url, wanted both or none')
  if (url !== undefined && !URL.canParse(url))
    throw new Error(`Cannot simulate: found --url ${url}, wanted one such as https://example.com`)
  const base = url?.replace(/\/$/, '')
  const local = base === undefined ? await findLocal(readPort(process.env.PORT ?? '3000')) : undefined
  const downstream: Downstream = local
    ? { sqs: toLocalClient(local.sqsEndpoint), queueUrl: local.callRecordsQueueUrl, patience }
    : { sqs: toClient(queueUrl), queueUrl, patience }
  const secrets = readSecrets(process.env)
  const receiver = toReceiver(
    local ?? { statusUrl: `${base}/status`, cdrUrl: `${base}/cdr`, hangupUrl: `${base}/hangup` },
    secrets,
  )

  await probe(receiver)
  await simulateAndReport(plan, receiver, downstream)
}

const simulateAndReport = async (plan: Plan, receiver: Receiver, downstream: Downstream): Promise<void> => {
  const bar = createProgressBar(plan.calls, process.stderr)
  const began = Date.now()
  const result = await simulate(plan, receiver, downstream, bar.show)
  bar.clear()
  console.log(toReport(result, plan.seed, (Date.now() - began) / 1000))
  process.exitCode = isFlawless(result) ? 0 : 1
}

/** Small faults in a tenth of the requests, an outage every few seconds, and a receiver that tries again soon. */
const simulateWithFaults = async (plan: Plan, patience: number): Promise<void> => {
  const aws = await startEmbeddedAws({})
  const weather = createWeather()
  const endpoints = { dynamodb: aws.dynamodbEndpoint, sqs: aws.sqsEndpoint, sns: aws.snsEndpoint }
  const proxies = services.map((service, n) =>
    createFaultProxy(service, endpoints[service], weather, createRandom(plan.seed, n)).listen(0, '127.0.0.1'),
  )
  await Promise.all(proxies.map((proxy) => once(proxy, 'listening')))
  for (const [n, proxy] of proxies.entries()) {
    const { port } = v.parse(v.object({ port: v.number() }), proxy.address())
    process.env[`AWS_ENDPOINT_URL_${services[n]?.toUpperCase()}`] = `http://127.0.0.1:${port}`
  }
  const receiver = await startReceiver(process.env, 0, {}, undefined, { visibility: 2, schedule: 1000 })
  const secrets = readSecrets(process.env)
  const queueUrl = receiver.urls.callRecordsQueueUrl
  const errors = countErrors()
  weather.share = 0.1
  const outages = startOutages(weather, createRandom(plan.seed, services.length))
  try {
    await simulateAndReport(plan, toReceiver(receiver.urls, secrets), {
      sqs: toLocalClient(aws.sqsEndpoint),
      queueUrl,
      patience,
    })
  } finally {
    await outages.stop()
    weather.share = 0
    errors.stop()
    await receiver.stop()
    for (const proxy of proxies) proxy.closeAllConnections()
    for (const proxy of proxies) proxy.close()
    await aws.stop()
  }
  const faults = [...weather.counts].map(([fault, count]) => `${count} ${fault}`).sort()
  console.log(`  requests that failed: ${faults.join(', ')}`)
  console.log(`  lines in the functions' logs: ${errors.count()}`)
}

/** The functions run in this process and log every failure; a table of figures is no place for it. */
const countErrors = () => {
  let count = 0
  const { error } = console
  console.error = () => {
    count++
  }
  return {
    count: () => count,
    stop: () => {
      console.error = error
    },
  }
}

/** A queue's URL names its region and host; a configured endpoint takes the place of the host. */
const toClient = (queueUrl: string): SQSClient => {
  const [, region = process.env.AWS_REGION] = /^https:\/\/sqs\.([\w-]+)\.amazonaws\./.exec(queueUrl) ?? []
  return new SQSClient({ useQueueUrlAsEndpoint: !process.env.AWS_ENDPOINT_URL_SQS, ...(region && { region }) })
}

const toLocalClient = (endpoint: string): SQSClient =>
  new SQSClient({
    endpoint,
    region: process.env.AWS_REGION ?? 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useQueueUrlAsEndpoint: false,
  })

runCommand(run)
