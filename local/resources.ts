import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { CreateTopicCommand, type SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueNameExists,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import type { Service } from './service-file.ts'

export interface Clients {
  readonly dynamodb: DynamoDBClient
  readonly sqs: SQSClient
  readonly sns: SNSClient
}

/** What CloudFormation gives for a resource: `Ref` is a queue's URL, a topic's ARN or a table's name. */
interface Made {
  readonly ref: string
  readonly arn: string
}

/** Answers a value of serverless.yml with every `Ref` and `Fn::GetAtt` in it replaced. */
export type Resolve = (value: unknown) => Promise<unknown>

type Make = (properties: { readonly [name: string]: unknown }, clients: Clients) => Promise<Made>

/** SQS takes every attribute as text; CloudFormation names them as SQS does. */
const toAttributes = (properties: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  )

const makeQueue: Make = async ({ QueueName, ...properties }, { sqs }) => {
  const name = v.parse(v.string(), QueueName)
  const Attributes = toAttributes(properties)
  const QueueUrl = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes })).then(
    (made) => made.QueueUrl,
    async (error: unknown) => {
      if (!(error instanceof QueueNameExists)) throw error
      const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name }))
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: found.QueueUrl, Attributes }))
      return found.QueueUrl
    },
  )
  const got = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return { ref: v.parse(v.string(), QueueUrl), arn: v.parse(v.string(), got.Attributes?.QueueArn) }
}

const makeTopic: Make = async ({ TopicName }, { sns }) => {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: v.parse(v.string(), TopicName) }))
  const arn = v.parse(v.string(), TopicArn)
  return { ref: arn, arn }
}

const makeSubscription: Make = async ({ TopicArn, Protocol, Endpoint, ...attributes }, { sns }) => {
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn: v.parse(v.string(), TopicArn),
      Protocol: v.parse(v.string(), Protocol),
      Endpoint: v.parse(v.string(), Endpoint),
      Attributes: toAttributes(attributes),
    }),
  )
  const arn = v.parse(v.string(), SubscriptionArn)
  return { ref: arn, arn }
}

/** CloudFormation's table and CreateTable's input are one shape, but for what is done by calls of its own on AWS. */
const Table = v.looseObject({ TableName: v.string() })
const afterCreation = ['TimeToLiveSpecification', 'PointInTimeRecoverySpecification', 'DeletionProtectionEnabled']

const makeTable: Make = async (properties, { dynamodb }) => {
  const { TableName, ...others } = v.parse(Table, properties)
  const kept = Object.fromEntries(Object.entries(others).filter(([name]) => !afterCreation.includes(name)))
  const input = { TableName, ...kept } as CreateTableCommandInput
  try {
    await dynamodb.send(new CreateTableCommand(input))
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 0.01, maxDelay: 1 }, { TableName })
  return { ref: TableName, arn: `arn:aws:dynamodb:::table/${TableName}` }
}

/** Other types are policies and the like, which embedded servers do not enforce. */
const makers: { readonly [type: string]: Make } = {
  'AWS::SQS::Queue': makeQueue,
  'AWS::SNS::Topic': makeTopic,
  'AWS::SNS::Subscription': makeSubscription,
  'AWS::DynamoDB::Table': makeTable,
}

/** Creates what is missing of a service's resources, each after those it refers to. */
export const makeResources = async (
  resources: Service['resources']['Resources'],
  clients: Clients,
): Promise<Resolve> => {
  const made = new Map<string, Promise<Made>>()

  const make = (name: string): Promise<Made> => {
    const resource = resources[name]
    const maker = resource && makers[resource.Type]
    if (!maker) throw new Error(`Cannot start: found a reference to ${name}, wanted a queue, topic or table`)
    const known =
      made.get(name) ??
      resolve(resource.Properties).then((properties) =>
        maker(v.parse(v.record(v.string(), v.unknown()), properties), clients),
      )
    made.set(name, known)
    return known
  }

  const resolve: Resolve = async (value) => {
    if (Array.isArray(value)) return Promise.all(value.map(resolve))
    if (typeof value !== 'object' || value === null) return value
    if ('Ref' in value) return (await make(String(value.Ref))).ref
    if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt']))
      return (await make(String(value['Fn::GetAtt'][0]))).arn
    const members = Object.entries(value).map(async ([name, member]) => [name, await resolve(member)])
    return Object.fromEntries(await Promise.all(members))
  }

  await Promise.all(Object.entries(resources).flatMap(([name, { Type }]) => (makers[Type] ? [make(name)] : [])))
  return resolve
}
