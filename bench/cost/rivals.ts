import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { JsonObject } from '../../shared/json.ts'

// What workers usually do with a callback in the table, as small programs, so that it can be counted. Each keeps what was
// received in an item of its own and the state of the call in another; the call's table has an index of the same kind as
// this project's (keys only, a call is listed as open and then as ended), and no worker writes more than it must.

export interface RivalTables {
  readonly client: Pick<DynamoDBClient, 'send'>
  readonly events: string
  readonly calls: string
  readonly idempotency: string
}

/** What a worker makes of one callback. */
interface Known {
  readonly callId: string
  readonly eventId: string
  /** As received. */
  readonly text: string
  /** What it sets on the call. */
  readonly fields: Record<string, AttributeValue>
}

const receivedAt = '2026-01-27T10:00:00.000Z'
const expiresAt = '1777284000'

const toKnown = (body: JsonObject): Known => {
  const { eventType, statusInfo, feeLst } = body
  const text = JSON.stringify(body)
  const record = toFields(statusInfo ?? (Array.isArray(feeLst) ? feeLst[0] : undefined))
  const { sessionId: callId = '', timestamp: at = '', callEndTime = '' } = record
  if (eventType === 'fee')
    return {
      callId,
      eventId: `fee#${callEndTime}`,
      text,
      fields: {
        listing: { S: 'ended#2026-01-27#0' },
        listedAt: { S: callEndTime },
        endedAt: { S: callEndTime },
        talkSeconds: { N: '11' },
        disposition: { S: 'answered' },
        cdr: { S: JSON.stringify(record) },
      },
    }
  const leg = record.called?.endsWith('7021') ? 'b' : 'a'
  const { caller = '', called = '', userData = '' } = record
  return {
    callId,
    eventId: `${eventType}#${at}#${called}`,
    text,
    fields: {
      listing: { S: 'open#0' },
      listedAt: { S: receivedAt },
      status: { S: String(eventType) },
      [`${leg}.${eventType}At`]: { S: at },
      [`${leg}.caller`]: { S: caller },
      [`${leg}.called`]: { S: called },
      userData: { S: userData },
    },
  }
}

const toFields = (record: unknown): { readonly [name: string]: string } =>
  Object.fromEntries(Object.entries(record ?? {}).map(([name, value]) => [name, String(value)]))

const toEvent = ({ callId, eventId, text }: Known) => ({
  callId: { S: callId },
  eventId: { S: eventId },
  receivedAt: { S: receivedAt },
  body: { S: text },
  expiresAt: { N: expiresAt },
})

const toUpdate = (callsTable: string, { callId, fields }: Known) => {
  const values = { ...fields, updatedAt: { S: receivedAt }, expiresAt: { N: expiresAt } }
  const names = Object.keys(values)
  return {
    TableName: callsTable,
    Key: { id: { S: callId } },
    UpdateExpression: `SET ${names.map((_, n) => `#${n}=:${n}`).join()}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name, n) => [`#${n}`, name])),
    ExpressionAttributeValues: Object.fromEntries(Object.values(values).map((value, n) => [`:${n}`, value])),
  }
}

/** Keeps the callback, reads the call to see what is new, and updates it: three requests. */
export const putThenUpdate = async ({ client, events, calls }: RivalTables, body: JsonObject): Promise<void> => {
  const known = toKnown(body)
  await client.send(new PutItemCommand({ TableName: events, Item: toEvent(known) }))
  const { Item } = await client.send(new GetItemCommand({ TableName: calls, Key: { id: { S: known.callId } } }))
  // A late event does not reopen a call that has ended: it is listed once as open and once as ended.
  const { listing, listedAt, ...others } = known.fields
  const isListed = Item?.listing !== undefined && body.eventType !== 'fee'
  const fields = isListed ? others : known.fields
  await client.send(new UpdateItemCommand(toUpdate(calls, { ...known, fields })))
}

/** An idempotency record before and after, and the callback and the call in one transaction: three requests. */
export const transactOnce = async (
  { client, events, calls, idempotency }: RivalTables,
  body: JsonObject,
): Promise<void> => {
  const known = toKnown(body)
  const id = { S: `store-callbacks#${'0'.repeat(32)}#${known.callId}#${known.eventId}` }
  await client.send(
    new PutItemCommand({
      TableName: idempotency,
      Item: { id, status: { S: 'INPROGRESS' }, expiration: { N: expiresAt }, in_progress_expiration: { N: expiresAt } },
      ConditionExpression: 'attribute_not_exists(id)',
    }),
  )
  const { ExpressionAttributeNames, ExpressionAttributeValues, ...update } = toUpdate(calls, known)
  const names = Object.entries(ExpressionAttributeNames)
  const set = names.map(([n, name]) =>
    (name === 'listing' || name === 'listedAt') && body.eventType !== 'fee'
      ? `${n}=if_not_exists(${n},:${n.slice(1)})`
      : `${n}=:${n.slice(1)}`,
  )
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: events, Item: toEvent(known) } },
        {
          Update: {
            ...update,
            UpdateExpression: `SET ${set.join()}`,
            ExpressionAttributeNames,
            ExpressionAttributeValues,
          },
        },
      ],
    }),
  )
  await client.send(
    new UpdateItemCommand({
      TableName: idempotency,
      Key: { id },
      UpdateExpression: 'SET #s=:s,expiration=:e',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':s': { S: 'COMPLETED' }, ':e': { N: expiresAt } },
    }),
  )
}
