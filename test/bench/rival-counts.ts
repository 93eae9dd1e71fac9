import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import type { RivalTables } from '../../bench/cost/rivals.ts'
import type { CallMessages } from '../../bench/cost/typical-call.ts'
import { type Item, toItemSize, toWriteUnits } from '../../bench/cost/write-units.ts'
import type { JsonObject } from '../../shared/json.ts'
import { listings } from './counted-aws.ts'

type Rival = (tables: RivalTables, body: JsonObject) => Promise<void>

const keysOf: { readonly [table: string]: readonly string[] } = {
  events: ['callId', 'eventId'],
  calls: ['id'],
  idempotency: ['id'],
}

const makeTable = async (client: DynamoDBClient, TableName: string, keys: readonly string[]): Promise<void> => {
  const isCalls = TableName.endsWith('calls')
  const attributes = isCalls ? [...keys, 'listing', 'listedAt'] : keys
  const toSchema = ([hash = '', range]: readonly string[]) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    ...(range ? [{ AttributeName: range, KeyType: 'RANGE' as const }] : []),
  ]
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: toSchema(keys),
      ...(isCalls && {
        GlobalSecondaryIndexes: [
          {
            IndexName: 'listings',
            KeySchema: toSchema(['listing', 'listedAt']),
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    }),
  )
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 1 }, { TableName })
}

/** Runs a rival over one call's callbacks and counts as AWS would. Its transactions are carried out one write after the other. */
export const countRival = async (rival: Rival, { statusEvents, cdr }: CallMessages) => {
  const client = new DynamoDBClient({})
  const run = `rival-${Date.now()}-${rival.name}`
  const tables = { events: `${run}-events`, calls: `${run}-calls`, idempotency: `${run}-idempotency` }
  for (const [name, table] of Object.entries(tables)) await makeTable(client, table, keysOf[name] ?? [])

  const counts = { tableRequests: 0, tableWriteUnits: 0, indexWriteUnits: 0, reads: 0 }
  const stored = new Map<string, Item>()
  const write = async ({ Put, Update }: TransactWriteItem, inTransaction: boolean) => {
    const { TableName = '', Item, Key } = { Item: undefined, Key: undefined, ...Put, ...Update }
    const keys = keysOf[TableName.split('-').at(-1) ?? ''] ?? []
    const from: Record<string, AttributeValue> = Item ?? Key ?? {}
    const key = Object.fromEntries(keys.map((name) => [name, from[name] ?? { S: '' }]))
    const get = () => client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }))
    const before = (await get()).Item
    if (Put) await client.send(new PutItemCommand(Put))
    if (Update) await client.send(new UpdateItemCommand(Update))
    const after = (await get()).Item ?? {}
    const units = toWriteUnits(before, after, TableName === tables.calls ? listings : undefined, inTransaction)
    counts.tableWriteUnits += units.table
    counts.indexWriteUnits += units.index
    // What makes a repeat known is kept for an hour.
    if (TableName !== tables.idempotency) stored.set(JSON.stringify([TableName, key]), after)
  }
  const send: DynamoDBClient['send'] = async (command: object) => {
    counts.tableRequests++
    if (command instanceof PutItemCommand) await write({ Put: command.input }, false)
    else if (command instanceof UpdateItemCommand) {
      const { UpdateExpression = '', ...input } = command.input
      await write({ Update: { ...input, UpdateExpression } }, false)
    } else if (command instanceof TransactWriteItemsCommand)
      for (const item of command.input.TransactItems ?? []) await write(item, true)
    else if (command instanceof GetItemCommand) {
      counts.reads++
      return client.send(command)
    }
    return {}
  }
  for (const body of [...statusEvents, cdr]) await rival({ client: { send }, ...tables }, body)
  return {
    ...counts,
    items: stored.size,
    itemBytes: [...stored.values()].reduce((sum, item) => sum + toItemSize(item), 0),
  }
}
