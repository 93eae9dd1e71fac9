import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import { readPort } from '../local/arguments.ts'
import { required } from '../shared/environment.ts'
import { readServiceDefaults } from './parameters.ts'

/** Options that every command has. */
export const deploymentOptions = {
  stage: { type: 'string' },
  region: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

export const deploymentHelp = `  --stage prod         a deployment, with region and credentials as in any AWS tool; without it, what npm start runs on PORT
  --region eu-west-1   the deployment's region
  --help               this text
`

const Environment = v.record(v.string(), v.string())
const Local = v.object({ environment: Environment })

/**
 * Gives this process the environment that a deployment's functions have, so that their own code can be called here.
 * @throws Error that says where nothing was found
 */
export const connect = async (stage: string | undefined, region: string | undefined): Promise<void> => {
  if (region !== undefined) process.env.AWS_REGION = region
  Object.assign(process.env, stage === undefined ? await findLocal() : await findDeployed(stage))
}

const findLocal = async () => {
  const url = `http://127.0.0.1:${readPort(process.env.PORT ?? '3000')}`
  const answer = await fetch(`${url}/local`).catch(() => undefined)
  const told = v.safeParse(Local, await answer?.json().catch(() => undefined))
  const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
  if (told.success) return { ...keys, ...told.output.environment }
  throw new Error(`Cannot connect: found no receiver at ${url}, wanted one: run npm start, set PORT, or name a --stage`)
}

/** What two of its functions were given: between them they know all that is here. */
const findDeployed = async (stage: string) => {
  const lambda = new LambdaClient({})
  const { service } = await readServiceDefaults()
  const environments = ['store-callbacks', 'sweep'].map(async (name) => {
    const FunctionName = `${service}-${stage}-${name}`
    const { Environment: found } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    return v.parse(Environment, found?.Variables)
  })
  return Object.assign({}, ...(await Promise.all(environments)))
}

export interface Queues {
  readonly sqs: SQSClient
  readonly callbacksUrl: string
  readonly deadLettersUrl: string
  readonly deadLettersArn: string
}

/** The callbacks' queue and the one that it redrives to. */
export const openQueues = async (): Promise<Queues> => {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
  const callbacksUrl = required(process.env, 'CALLBACKS_QUEUE_URL')
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: callbacksUrl, AttributeNames: ['RedrivePolicy'] }),
  )
  const RedrivePolicy = v.pipe(v.string(), v.parseJson(), v.object({ deadLetterTargetArn: v.string() }))
  const { deadLetterTargetArn: deadLettersArn } = v.parse(RedrivePolicy, Attributes?.RedrivePolicy)
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: deadLettersArn.split(':').at(-1) }))
  return { sqs, callbacksUrl, deadLettersUrl: v.parse(v.string(), QueueUrl), deadLettersArn }
}
