import { parseArgs } from 'node:util'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { runCommand } from '../local/arguments.ts'
import { toSqsRecord } from '../local/event-source.ts'
import { hash } from '../shared/fact.ts'
import { toBatch } from '../shared/store-facts.ts'
import { connect, deploymentHelp, deploymentOptions, openQueues, type Queues } from './deployment.ts'

const help = `Lists the messages that could not be stored and published in about ten hours, or puts them back.

  npm run dead-letters [-- options]

  --restore            put all of them back on the queue of callbacks
${deploymentHelp}`

/** Receives what there is. Each is out of sight for as long as that takes, and comes back by itself. */
async function* receive({ sqs, deadLettersUrl }: Queues, seconds: number): AsyncGenerator<readonly Message[]> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLettersUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        VisibilityTimeout: seconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    )
    if (Messages.length === 0) return
    yield Messages
  }
}

/** What a message is about, without any of its content: calls by the hash that stands in the worker's log. */
const toRow = (message: Message, now: number): string => {
  const { SentTimestamp = '0', ApproximateReceiveCount = '?' } = message.Attributes ?? {}
  const { calls, overdue, rejected } = toBatch([toSqsRecord(message, '')])
  const ids = [...calls, ...overdue].map(({ callId }) => hash(callId))
  const hours = ((now - Number(SentTimestamp)) / 3_600_000).toFixed(1)
  const reason =
    ids.length > 0
      ? 'not stored or published: the worker logged why, with the hash'
      : `not quarantined: ${rejected.map(({ error }) => error.code).join()}`
  const source = message.MessageAttributes?.source?.StringValue ?? 'unknown'
  const shown = ids.slice(0, 3).join(' ') + (ids.length > 3 ? ` and ${ids.length - 3} more` : '')
  return [`${hours} h`.padStart(8), ApproximateReceiveCount.padStart(8), source.padEnd(10), shown || '-', reason].join(
    '  ',
  )
}

const mostShown = 1000

const list = async (queues: Queues): Promise<void> => {
  const all = new Map<string, Message>()
  for await (const messages of receive(queues, 120)) {
    if (all.size === 0) console.log('     age  receives  source      calls by hash, reason')
    const known = all.size
    for (const message of messages) {
      if (!all.has(message.MessageId ?? '')) console.log(toRow(message, Date.now()))
      all.set(message.MessageId ?? '', message)
    }
    // What comes a second time was seen two minutes ago; more than so many are not for reading.
    if (all.size === known || all.size >= mostShown) break
  }
  const seen = [...all.values()]
  for (let first = 0; first < seen.length; first += 10)
    await queues.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queues.deadLettersUrl,
        Entries: seen
          .slice(first, first + 10)
          .map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle, VisibilityTimeout: 0 })),
      }),
    )
  const count = all.size >= mostShown ? `${mostShown} dead letters or more` : `${all.size} dead letters`
  console.log(all.size === 0 ? 'No dead letters' : `${count}; --restore puts them back`)
}

/** SQS's own task goes on when this command has ended, however many there are. Embedded queues and China's regions have none. */
const startTask = async ({ sqs, deadLettersArn }: Queues): Promise<void> => {
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadLettersArn }))
  console.log('SQS is moving the dead letters back; it goes on by itself')
}

const moveAll = async (queues: Queues): Promise<void> => {
  const { sqs, callbacksUrl, deadLettersUrl } = queues
  let moved = 0
  for await (const messages of receive(queues, 30))
    for (const { Body, MessageAttributes, ReceiptHandle } of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: callbacksUrl, MessageBody: Body, MessageAttributes }))
      await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLettersUrl, ReceiptHandle }))
      moved++
    }
  console.log(`${moved} dead letters are on the queue of callbacks again`)
}

runCommand(async () => {
  const { values } = parseArgs({ options: { ...deploymentOptions, restore: { type: 'boolean', default: false } } })
  if (values.help) return console.log(help)
  await connect(values.stage, values.region)
  const queues = await openQueues()
  if (!values.restore) return list(queues)
  const hasTask = values.stage !== undefined && !queues.deadLettersArn.startsWith('arn:aws-cn:')
  await (hasTask ? startTask(queues) : moveAll(queues))
})
