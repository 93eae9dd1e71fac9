import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'
import { readServiceFile } from '../local/service-file.ts'

/** A function as serverless.yml deploys it. */
export interface DeployedFunction {
  readonly file: URL
  readonly memoryMegabytes: number
  readonly env: { readonly [name: string]: string }
}

const serviceFile = new URL('../serverless.yml', import.meta.url)

/** What the references of the functions' environments stand for here. */
const references: { readonly [name: string]: string } = {
  Callbacks: 'https://sqs.eu-west-1.amazonaws.com/000000000000/bench-callbacks',
  DeadLetters: 'https://sqs.eu-west-1.amazonaws.com/000000000000/bench-dead-letters',
  Calls: 'bench-calls',
  CallRecords: 'arn:aws:sns:eu-west-1:000000000000:bench-call-records',
}

const Sizes = v.object({
  provider: v.object({ memorySize: v.number() }),
  functions: v.record(v.string(), v.object({ memorySize: v.optional(v.number()) })),
})

const Reference = v.object({ Ref: v.picklist(Object.keys(references)) })

/** With the parameters' defaults. @throws Error when there is no such function */
export const readFunction = async (name: string): Promise<DeployedFunction> => {
  const { provider, functions } = await readServiceFile(serviceFile, 'bench', {})
  const { [name]: found } = functions
  if (!found) throw new Error(`Cannot measure: found no function ${name} in serverless.yml, wanted one`)
  const sizes = v.parse(Sizes, parse(await readFile(serviceFile, 'utf8'), { logLevel: 'error' }))
  return {
    file: new URL(`../${found.handler.replace(/\.\w+$/, '.mjs')}`, import.meta.url),
    memoryMegabytes: sizes.functions[name]?.memorySize ?? sizes.provider.memorySize,
    env: Object.fromEntries(
      Object.entries({ ...provider.environment, ...found.environment }).map(([variable, value]) => [
        variable,
        typeof value === 'string' ? value : (references[v.parse(Reference, value).Ref] ?? ''),
      ]),
    ),
  }
}

/** Where a rival or a floor finds the same things, and what Lambda sets for every function. */
export const lambdaEnv = {
  CALLBACKS_QUEUE_URL: references.Callbacks ?? '',
  CALLS_TABLE: references.Calls ?? '',
  CALL_RECORDS_TOPIC_ARN: references.CallRecords ?? '',
  TZ: ':UTC',
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_SESSION_TOKEN: 'bench',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]00000000000000000000000000000000',
  LAMBDA_TASK_ROOT: '/var/task',
  // The clients' warning of an old Node is none of the functions' work where they are deployed.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
}
