import { floorFile, type Rival, rivalFile } from './build.ts'
import { lambdaEnv, readFunction } from './functions.ts'

/** Something that is measured: a built handler, and what its process is started with. */
export interface Variant {
  readonly name: string
  readonly file: URL
  readonly flags: readonly string[]
  readonly env: { readonly [name: string]: string }
}

/** Endpoints of the mock servers, by the name of the variable that the clients read. */
export type Endpoints = { readonly [variable: `AWS_ENDPOINT_URL_${string}`]: string }

export const toOurs = async (name: string, endpoints: Endpoints): Promise<Variant> => {
  const { file, env, memoryMegabytes } = await readFunction(name)
  const { flags, env: common } = toLambda(memoryMegabytes, endpoints)
  return { name, file, flags, env: { ...common, ...env, ...toQueueUrl(endpoints) } }
}

/** With the memory of the function that it is compared with. */
export const toRival = (name: Rival, memoryMegabytes: number, endpoints: Endpoints): Variant => ({
  name,
  file: rivalFile(name),
  ...toLambda(memoryMegabytes, endpoints),
})

/** The floor twice: how far the second one is from 1 is what the measurement cannot tell apart. */
export const toFloors = (
  name: Parameters<typeof floorFile>[0],
  memoryMegabytes: number,
  endpoints: Endpoints,
  requestsFile?: string,
): readonly [Variant, Variant] => {
  const { flags, env } = toLambda(memoryMegabytes, endpoints)
  const recorded = requestsFile === undefined ? {} : { RECORDED: requestsFile }
  const floor = { file: floorFile(name), flags, env: { ...env, ...recorded } }
  return [
    { name: 'floor', ...floor },
    { name: 'floor again', ...floor },
  ]
}

/** A process as Lambda's Node runtime starts it, which gives a twentieth of the memory to new objects and nine tenths to old. */
const toLambda = (memoryMegabytes: number, endpoints: Endpoints) => {
  const semiSpace = Math.floor(Math.floor(memoryMegabytes / 10) / 2)
  const oldSpace = memoryMegabytes - Math.floor(memoryMegabytes / 10)
  return {
    flags: [
      '--expose-gc',
      '--max-http-header-size=81920',
      `--max-semi-space-size=${semiSpace}`,
      `--max-old-space-size=${oldSpace}`,
    ],
    env: {
      ...lambdaEnv,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
      ...nowhere,
      ...endpoints,
      ...toQueueUrl(endpoints),
    },
  }
}

/** By default the client takes the queue's host from its URL. */
const toQueueUrl = ({ AWS_ENDPOINT_URL_SQS: queue }: Endpoints) =>
  queue === undefined ? {} : { CALLBACKS_QUEUE_URL: `${queue}/000000000000/bench-callbacks` }

/** What nothing should ask for: no server listens there, so it is an error that shows. */
const nowhere: Endpoints = {
  AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_SNS: 'http://127.0.0.1:9',
}
