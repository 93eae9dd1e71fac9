import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SNSClient } from '@aws-sdk/client-sns'
import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient as Sqs } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { startEmbeddedAws } from '../local/embedded-aws.ts'
import { makeResources } from '../local/resources.ts'
import { readServiceFile } from '../local/service-file.ts'
import type { CallRecord } from '../shared/call-record.ts'
import { watchLimits } from './limits.ts'

/**
 * The resources of serverless.yml on embedded servers, or on those that the standard variables name, and the environment
 * that the functions read. At its stop it fails if a request went over one of AWS's limits.
 * @param parameters what the parameter store holds, by name
 */
export const startAws = async (parameters?: ReadonlyMap<string, string>) => {
  const isGivenStore = Boolean(process.env.AWS_ENDPOINT_URL_SSM)
  const aws = await startEmbeddedAws(process.env, parameters)
  const broken = watchLimits()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_SNS: aws.snsEndpoint,
    AWS_ENDPOINT_URL_SSM: aws.ssmEndpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  })
  const clients = {
    dynamodb: new DynamoDBClient({}),
    sqs: new Sqs({ useQueueUrlAsEndpoint: false }),
    sns: new SNSClient({}),
  }
  if (isGivenStore && parameters) {
    const ssm = new SSMClient({})
    for (const [Name, Value] of parameters)
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }))
  }
  const service = await readServiceFile(
    new URL('../serverless.yml', import.meta.url),
    `test-${Date.now()}-${process.pid}`,
    {},
  )
  const resolve = await makeResources(service.resources.Resources, clients)
  const ref = async (name: string) => String(await resolve({ Ref: name }))
  Object.assign(process.env, {
    CALLBACKS_QUEUE_URL: await ref('Callbacks'),
    CALLS_TABLE: await ref('Calls'),
    CALL_RECORDS_TOPIC_ARN: await ref('CallRecords'),
    PUBLISH: 'ended',
    RETENTION_DAYS: '90',
    AICC_UTC_OFFSET: '+00:00',
    EDITION: '0',
    WORKER_CONCURRENCY: '5',
    ANSWER_BUDGET_MS: '1800',
    SIGNATURE_POLICY: 'observe',
    SIGNATURE_WINDOW_SECONDS: '86400',
  })
  const stop = async () => {
    await aws.stop()
    if (broken.length > 0)
      throw new Error(`found limits of AWS broken, wanted none: ${[...new Set(broken)].join('; ')}`)
  }
  return { ...clients, ref, stop }
}

/** Takes messages off a queue until `count` have come, or until it stays empty. */
export const drain = async (sqs: SQSClient, QueueUrl: string, count = Number.POSITIVE_INFINITY): Promise<Message[]> => {
  const taken: Message[] = []
  while (taken.length < count) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: Number.isFinite(count) ? 20 : 0,
        MessageAttributeNames: ['All'],
      }),
    )
    if (Messages.length === 0) return taken
    taken.push(...Messages)
    const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
  return taken
}

export const toRecords = (messages: readonly Message[]): CallRecord[] =>
  messages.map(({ Body = '' }) => JSON.parse(Body))
