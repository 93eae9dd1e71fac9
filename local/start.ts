import { parseArgs } from 'node:util'
import type { CallRecord } from '../shared/call-record.ts'
import { readPort, runCommand } from './arguments.ts'
import type { Receiver } from './receiver.ts'

const help = `Runs the receiver on this machine, with an embedded queue, topic and table.

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
Try it, and stop with Ctrl-C:
  curl -d @test/fixtures/voice-call/call-back-cdr-answered.json ${urls.cdrUrl}${token}
Read the queue:
  curl -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: AmazonSQS.ReceiveMessage' -d '{"QueueUrl":"${urls.callRecordsQueueUrl}"}' ${urls.sqsEndpoint}
`

/** `call-back +86138***0021 → +86138***7021 answered, 11 s of talk`: numbers are masked, terminals are kept and shared. */
const toLine = ({ scenario, legs, disposition, talkSeconds }: CallRecord): string => {
  const parties = legs.map(({ number = '?' }) =>
    number.length > 8 ? `${number.slice(0, 6)}***${number.slice(-4)}` : `***${number.slice(-2)}`,
  )
  const talk = talkSeconds === undefined ? '' : `, ${talkSeconds} s of talk`
  return `${timeOfDay()}  ${scenario} ${parties.join(' → ')} ${disposition ?? 'going on'}${talk}`
}

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

  const { startReceiver } = await import('./receiver.ts')
  const watch = {
    onRecord: (record: CallRecord) => console.log(toLine(record)),
    onVerdict: (source: string, verdict: string) => console.log(`${timeOfDay()}  ${source} signature ${verdict}`),
  }
  const receiver = await startReceiver(process.env, port, params, values.json ? undefined : watch)
  // A token is nobody's to read from a terminal, whoever set it.
  const token = process.env.CALLBACK_TOKENS === undefined ? '' : '/<token>'
  console.log(values.json ? JSON.stringify(receiver.urls) : toText(receiver.urls, token))

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
}

runCommand(start)
