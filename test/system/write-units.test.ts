import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SQSRecord } from 'aws-lambda'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { typicalCalls } from '../../bench/cost/typical-call.ts'
import { type Item, toWriteUnits, type WriteUnits } from '../../bench/cost/write-units.ts'
import { openCallRecordsTopic } from '../../shared/call-records-topic.ts'
import { openCallsTable } from '../../shared/calls-table.ts'
import { startAws } from '../aws.ts'
import { listings } from '../bench/counted-aws.ts'
import { settings } from '../shared/messages.ts'

// The embedded table counts no units of an index.
const isJudged = Boolean(process.env.AWS_ENDPOINT_URL_DYNAMODB)
const toCompared = ({ table, index }: WriteUnits) => (isJudged ? { table, index } : { table })

const Units = v.object({ CapacityUnits: v.number() })
const Updated = v.object({
  Attributes: v.custom<Item>((value) => typeof value === 'object' && value !== null),
  ConsumedCapacity: v.object({
    Table: Units,
    GlobalSecondaryIndexes: v.optional(v.object({ listings: Units })),
  }),
})

let aws: Awaited<ReturnType<typeof startAws>>
const answers: v.InferOutput<typeof Updated>[] = []

beforeAll(async () => {
  aws = await startAws()
  const send = new Proxy(DynamoDBClient.prototype.send, {
    apply(target, client, [command, ...others]) {
      const { input } = command
      if (!('UpdateExpression' in input)) return Reflect.apply(target, client, [command, ...others])
      input.ReturnConsumedCapacity = 'INDEXES'
      const answer = Promise.resolve(Reflect.apply(target, client, [command, ...others]))
      return answer.then((answered: unknown) => {
        answers.push(v.parse(Updated, answered))
        return answered
      })
    },
  })
  Object.assign(DynamoDBClient.prototype, { send })
})
afterAll(() => aws.stop())

const toRecord = (body: string, messageId: string): SQSRecord => ({
  ...{ messageId, body, receiptHandle: '', md5OfBody: '', eventSource: '', eventSourceARN: '', awsRegion: '' },
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1769508000000',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '',
  },
  messageAttributes: { source: { dataType: 'String', stringValue: 'voice-call' } },
})

test.each(['typical', 'documented'] as const)(
  'the write units of a %s call are those that the table says it consumed',
  async (kind) => {
    const { storeCallbacks } = await import('../../functions/store-callbacks.ts')
    const table = openCallsTable(await aws.ref('Calls'), 90)
    const topic = openCallRecordsTopic(await aws.ref('CallRecords'))
    const { statusEvents, cdr } = typicalCalls[kind](kind.length)
    answers.length = 0
    for (const [n, body] of [...statusEvents, cdr].entries())
      await storeCallbacks([toRecord(JSON.stringify(body), String(n))], table, topic, settings, () => {})
    expect(answers).toHaveLength(statusEvents.length + 1)
    const told = answers.map(({ ConsumedCapacity: { Table, GlobalSecondaryIndexes: index } }) => ({
      table: Table.CapacityUnits,
      index: index?.listings.CapacityUnits ?? 0,
    }))
    const counted = answers.map(({ Attributes }, n) => toWriteUnits(answers[n - 1]?.Attributes, Attributes, listings))
    expect(told.map(toCompared)).toEqual(counted.map(toCompared))
  },
)
