import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { typicalCalls } from '../../bench/cost/typical-call.ts'
import { type Item, toWriteUnits, type WriteUnits } from '../../bench/cost/write-units.ts'
import { openCallRecordsTopic } from '../../shared/call-records-topic.ts'
import { openCallsTable } from '../../shared/calls-table.ts'
import { startAws } from '../aws.ts'
import { listings } from '../bench/counted-aws.ts'
import { settings } from '../shared/messages.ts'
import { sqsRecord } from '../sqs-record.ts'

// The embedded table counts no units of an index.
const isJudged = Boolean(process.env.AWS_ENDPOINT_URL_DYNAMODB)
const toCompared = ({ table, index }: WriteUnits) => (isJudged ? { table, index } : { table })

const Units = v.object({ CapacityUnits: v.number() })
const Updated = v.object({
  ConsumedCapacity: v.object({
    Table: Units,
    GlobalSecondaryIndexes: v.optional(v.object({ listings: Units })),
  }),
})

let aws: Awaited<ReturnType<typeof startAws>>
const told: WriteUnits[] = []
const items: Item[] = []

beforeAll(async () => {
  aws = await startAws()
  const send = new Proxy(DynamoDBClient.prototype.send, {
    apply(target, client, [command, ...others]) {
      const { input } = command
      if (!('UpdateExpression' in input)) return Reflect.apply(target, client, [command, ...others])
      input.ReturnConsumedCapacity = 'INDEXES'
      const answer = Promise.resolve(Reflect.apply(target, client, [command, ...others]))
      return answer.then(async (answered: unknown) => {
        const { Table, GlobalSecondaryIndexes: index } = v.parse(Updated, answered).ConsumedCapacity
        told.push({ table: Table.CapacityUnits, index: index?.listings.CapacityUnits ?? 0 })
        const { TableName, Key } = input
        const { Item = {} } = await Reflect.apply(target, client, [new GetItemCommand({ TableName, Key })])
        items.push(Item)
        return answered
      })
    },
  })
  Object.assign(DynamoDBClient.prototype, { send })
})
afterAll(() => aws.stop())

test.each(['typical', 'documented'] as const)(
  'the write units of a %s call are those that the table says it consumed',
  async (kind) => {
    const { storeCallbacks } = await import('../../functions/store-callbacks.ts')
    const table = openCallsTable(await aws.ref('Calls'), 90)
    const topic = openCallRecordsTopic(await aws.ref('CallRecords'))
    const { statusEvents, cdr } = typicalCalls[kind](kind.length)
    told.length = 0
    items.length = 0
    for (const [n, body] of [...statusEvents, cdr].entries())
      await storeCallbacks(
        [sqsRecord(String(n), JSON.stringify(body), { source: 'voice-call' })],
        table,
        topic,
        settings,
        () => {},
      )
    expect(items).toHaveLength(statusEvents.length + 1)
    const counted = items.map((item, n) => toWriteUnits(items[n - 1], item, listings))
    expect(told.map(toCompared)).toEqual(counted.map(toCompared))
  },
)
