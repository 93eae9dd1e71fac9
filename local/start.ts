import { parseArgs, styleText } from 'node:util'
import type { CallRecord } from '../shared/call-record.ts'
import { readPort, runCommand } from './arguments.ts'
import { maskParty } from './page/masking.ts'
import type { Receiver } from './receiver.ts'

const help = `Runs the receiver on this machine, with an embedded queue, topic and table, and a page that shows what comes in.

  npm start -- [--json] [--param name=value]...

  --json              print the URLs as one line of JSON when ready, and nothing else (npm --silent start -- --json)
  --param name=value  a parameter of serverless.yml, for example --param publish=every-revision
  --help              this text

  PORT                  the HTTP port on 127.0.0.1 (default 3000; 0 takes a free one)
  AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_SNS
                        servers to use instead of the embedded ones; what is missing there is created
  CALLBACK_TOKENS       ["<token>"]: callbacks come to /status/<token> and so on, and to no other path
  VOICE_CALL_SECRETS    {"urls":["<push URL as registered>"],"apps":{"<app key>":["<app secret>"]}}, for X-AKSK
  AICC_KEYS             ["<shared key>"]
                        each with a second one while the first is changed; see --param voiceCallSignature, aiccSignature
`

const toText = (urls: Receiver['urls'], token: string) => `
Ready. Callbacks go in here:
  status        POST ${urls.statusUrl}${token}
  CDRs          POST ${urls.cdrUrl}${token}
  AICC hang-ups POST ${urls.hangupUrl}${token}
Call records come out here:
  HTTP          GET  ${urls.callsUrl}
  queue              ${urls.callRecordsQueueUrl}
                     at ${urls.sqsEndpoint}
  table              ${urls.tableName}
                     at ${urls.dynamodbEndpoint}
See it all:
  page               ${urls.pageUrl}
Try it, and stop with Ctrl-C:
  curl -d @test/fixtures/voice-call/call-back-cdr-answered.json ${urls.cdrUrl}${token}
Read the queue:
  curl -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: AmazonSQS.ReceiveMessage' -d '{"QueueUrl":"${urls.callRecordsQueueUrl}"}' ${urls.sqsEndpoint}
`

/** `call-back +86138***0021 → +86138***7021 answered, 11 s of talk`: numbers are masked, terminals are kept and shared. */
const toLine = ({ scenario, legs, disposition, talkSeconds }: CallRecord): string => {
  const parties = legs.map(({ number = '?' }) => maskParty(number))
  const talk = talkSeconds === undefined ? '' : `, ${talkSeconds} s of talk`
  return `${dim(timeOfDay())}  ${scenario} ${parties.join(' → ')} ${toColoured(disposition)}${talk}`
}

/** Colours are for terminals that have them; NO_COLOR and FORCE_COLOR are heard. */
const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
  process.stdout.isTTY && process.stdout.hasColors() ? styleText(format, text) : text

const dim = (text: string) => paint('dim', text)

const toColoured = (disposition: CallRecord['disposition']): string =>
  paint(disposition === undefined ? 'cyan' : colours[disposition], disposition ?? 'going on')

const colours = {
  answered: 'green',
  'no-answer': 'yellow',
  busy: 'yellow',
  rejected: 'red',
  canceled: 'gray',
  failed: 'red',
} as const

const timeOfDay = () => new Date().toLocaleTimeString('sv')

const readParam = (text: string): [string, string] => {
  const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new Error(`Cannot start: found --param ${text}, wanted --param name=value`)
}

const start = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      param: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(help)
  const params = Object.fromEntries(values.param.map(readParam))
  const port = readPort(process.env.PORT ?? '3000')

  const { startReceiver, tokenHint } = await import('./receiver.ts')
  const watch = {
    onRecord: (record: CallRecord) => console.log(toLine(record)),
    onVerdict: (source: string, verdict: string) => console.log(`${dim(timeOfDay())}  ${source} signature ${verdict}`),
  }
  const receiver = await startReceiver(process.env, port, params, values.json ? undefined : watch)

  let stopped: Promise<void> | undefined
  const stop = async () => {
    stopped ??= receiver.stop()
    await stopped
    process.exit(0)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  // npm does not pass on a signal that it alone is sent; when it is gone, so is the one who wanted this to run.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && stop(), 500).unref()
  // Who reads this may stop it at once.
  console.log(values.json ? JSON.stringify(receiver.urls) : toText(receiver.urls, tokenHint(process.env)))
}

runCommand(start)
