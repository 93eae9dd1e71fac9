import { parseArgs } from 'node:util'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { runCommand } from '../local/arguments.ts'
import { toBatches } from '../shared/batches.ts'
import {
  openCallRecordsTopic,
  type Publication,
  toAttributes,
  toPublications,
  toText,
} from '../shared/call-records-topic.ts'
import { type Cursor, openCallsReader } from '../shared/calls-table.ts'
import { required, storeSettings } from '../shared/environment.ts'
import { foldCall } from '../shared/fold-call.ts'
import { toInstant } from '../shared/instant.ts'
import { connect, deploymentHelp, deploymentOptions } from './deployment.ts'

const help = `Sends the call records of some days again, as they now stand and with the ids that they have, for a consumer that lost its own.

  npm run republish -- --from 2026-01-01 --to 2026-01-31 [options]

  --from, --to         the first and the last day, UTC, both included; calls with a CDR by their end, others by first receipt
  --queue-url URL      to this queue alone; without it to the topic, and so to every subscriber
${deploymentHelp}`

const day = 86_400_000

const readDay = (option: string, text: string | undefined): number => {
  const instant = text === undefined ? undefined : toInstant(`${text}T00:00:00.000Z`)
  if (instant !== undefined) return instant
  throw new Error(`Cannot republish: found --${option} ${text ?? 'missing'}, wanted a UTC day such as 2026-01-31`)
}

type Send = (due: readonly Publication[]) => Promise<void>

const toTopic = (): Send => {
  const topic = openCallRecordsTopic(required(process.env, 'CALL_RECORDS_TOPIC_ARN'))
  return async (due) => {
    const refused = await topic.publish(due)
    if (refused.length > 0) throw new Error(`Cannot republish: found ${refused.length} records refused, wanted none`)
  }
}

/** As the topic delivers them. */
const toQueue = (QueueUrl: string): Send => {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: !process.env.AWS_ENDPOINT_URL_SQS })
  return async (due) => {
    const messages = due.map((one) => ({ MessageBody: toText(one.record), MessageAttributes: toAttributes(one) }))
    for (const batch of toBatches(messages, ({ MessageBody }) => Buffer.byteLength(MessageBody), 10, 250 * 1024)) {
      const Entries = batch.map((message, n) => ({ Id: String(n), ...message }))
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
      if (Failed.length > 0) throw new Error(`Cannot republish: found ${Failed.length} records refused, wanted none`)
    }
  }
}

runCommand(async () => {
  const options = {
    ...deploymentOptions,
    from: { type: 'string' },
    to: { type: 'string' },
    'queue-url': { type: 'string' },
  } as const
  const { values } = parseArgs({ options })
  if (values.help) return console.log(help)
  const [from, to] = [readDay('from', values.from), readDay('to', values.to)]
  if (to < from)
    throw new Error(`Cannot republish: found --to ${values.to}, wanted ${values.from} or a later day, as --from says`)
  await connect(values.stage, values.region)
  const settings = storeSettings(process.env)
  const reader = openCallsReader(required(process.env, 'CALLS_TABLE'))
  const send = values['queue-url'] === undefined ? toTopic() : toQueue(values['queue-url'])
  let sent = 0
  for (let at = from; at <= to; at += day) {
    let cursor: Cursor | undefined = { day: new Date(at).toISOString().slice(0, 10), partition: 0 }
    while (cursor) {
      const { calls, next }: Awaited<ReturnType<typeof reader.listCalls>> = await reader.listCalls(cursor, 100)
      const due = calls.flatMap(({ callId, facts, isMissing }) =>
        toPublications({ call: foldCall(callId, facts, settings), isMissing }, settings.publish),
      )
      await send(due)
      sent += due.length
      cursor = next
    }
  }
  console.log(`Call records sent again: ${sent}`)
})
