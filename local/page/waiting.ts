import { ChangeMessageVisibilityCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { listItems } from '../../operate/listed.ts'
import { countMessages } from '../../shared/callbacks-queue.ts'
import { type CallsReader, openCallsReader } from '../../shared/calls-table.ts'
import { toBatch } from '../../shared/store-facts.ts'
import type { Item, Table } from '../../shared/table.ts'
import { toSqsRecord } from '../event-source.ts'
import { toKey } from './call-board.ts'
import type { DeadLetterRow, ListedRow, Waiting } from './messages.ts'

export interface QueueUrls {
  readonly callbacks: string
  readonly callRecords: string
  readonly deadLetters: string
}

/** More are counted, not shown. */
const mostShown = 100

/**
 * Reads what waits in the table and on the queues. A list is read again only when its count has changed, since its items may be
 * large, or when it is told to.
 */
export const openWaiting = (sqs: SQSClient, urls: QueueUrls, table: Table) => {
  const calls: CallsReader = openCallsReader(table.name)
  const listings = ['quarantined', 'held', 'missing'] as const
  const lists = { quarantined: none, held: none, missing: none }
  let deadLetters: readonly DeadLetterRow[] = []
  let counted: { readonly [listing: string]: string | number } = {}

  return async (again: boolean): Promise<Waiting> => {
    const census = await Promise.all(listings.map((listing) => calls.countListed(listing)))
    const [quarantined = 0, held = 0, missing = 0] = census.map(({ count }) => count)
    for (const [n, listing] of listings.entries()) {
      const now = JSON.stringify(census[n])
      if (!again && counted[listing] === now) continue
      counted = { ...counted, [listing]: now }
      lists[listing] = await readList(table, listing)
    }
    const queues = {
      callbacks: await countMessages(sqs, urls.callbacks),
      callRecords: await countMessages(sqs, urls.callRecords),
      deadLetters: await countMessages(sqs, urls.deadLetters),
    }
    if (queues.deadLetters === 0) deadLetters = []
    else if (counted.deadLetters !== queues.deadLetters) deadLetters = await peek(sqs, urls.deadLetters)
    counted = { ...counted, deadLetters: queues.deadLetters }
    return { queues, counts: { quarantined, held, missing }, ...lists, deadLetters }
  }
}

const none: readonly ListedRow[] = []

const readList = async (table: Table, listing: 'quarantined' | 'held' | 'missing'): Promise<readonly ListedRow[]> => {
  const rows: ListedRow[] = []
  for await (const item of listItems(table, listing)) {
    rows.push(toListedRow(item, listing === 'missing'))
    if (rows.length >= mostShown) break
  }
  return rows.sort((a, b) => (a.at < b.at ? 1 : -1))
}

export const toListedRow = (item: Item, isCall = false): ListedRow => {
  const [id = '', source = ''] = [item.id?.S, isCall ? item.id?.S?.replace(/\/.*/s, '') : item.source?.S]
  return {
    key: isCall ? toKey(id) : id,
    source,
    at: item.listedAt?.S ?? '',
    text: isCall ? id : '',
    reason: item.reason?.S
      ? { code: item.reason.S, message: item.message?.S ?? '', pointer: item.pointer?.S ?? '' }
      : undefined,
    quarantinedAt: item.quarantinedAt?.S,
    bytes: Buffer.byteLength(item.body?.S ?? ''),
  }
}

/** The first dead letters; each is out of others' sight for a moment, and then back. */
const peek = async (sqs: SQSClient, QueueUrl: string): Promise<readonly DeadLetterRow[]> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 5,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  )
  for (const { ReceiptHandle } of Messages)
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
  return Messages.map((message) => {
    const { calls, overdue } = toBatch([toSqsRecord(message, '')])
    return {
      at: new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString(),
      receives: Number(message.Attributes?.ApproximateReceiveCount ?? 0),
      source: message.MessageAttributes?.source?.StringValue ?? 'unknown',
      calls: [...calls, ...overdue].slice(0, 3).map(({ callId }) => callId),
    }
  })
}
