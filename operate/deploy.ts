import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { runCommand } from '../local/arguments.ts'
import { checkAccount, checkDomain, checkTable } from './checks.ts'
import { readParameters, readServiceDefaults } from './parameters.ts'

const help = `Checks the configuration, builds the functions, and packages or deploys them.

  npm run package -- --stage prod [options]     offline, into .serverless/ or --package FOLDER
  npm run deploy -- --stage prod [options]      with your AWS credentials

  --region eu-west-1      where to
  --param name=value      a parameter, documented in docs/parameters.md and in serverless.yml
  --help                  this text
`

const run = async (file: string, args: readonly string[]): Promise<void> => {
  const child = spawn(process.execPath, [...args], { stdio: 'inherit' })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`Cannot go on: ${file} ended with ${code}`)
}

runCommand(async () => {
  const [what, ...args] = process.argv.slice(2)
  const { values } = parseArgs({
    args,
    options: {
      stage: { type: 'string', short: 's' },
      region: { type: 'string', short: 'r' },
      param: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
    // The rest is for serverless itself.
    strict: false,
  })
  if (values.help) return console.log(help)
  if (what !== 'package' && what !== 'deploy') throw new Error(`Cannot deploy: found ${what}, wanted package or deploy`)
  const { defaults, service } = await readServiceDefaults()
  const { parameters, wrong } = readParameters(defaults, values.param.map(String))
  const stage = String(values.stage ?? '')
  const all = [
    ...(/^[a-z][a-z0-9-]{0,19}$/.test(stage)
      ? []
      : [`--stage: found ${stage || 'nothing'}, wanted 1 to 20 lower-case letters, digits or -, a letter first`]),
    ...wrong,
  ]
  if (all.length > 0) throw new Error(['Cannot deploy:', ...all.map((one) => `  ${one}`)].join('\n'))
  if (what === 'deploy') {
    const settings = values.region === undefined ? {} : { region: String(values.region) }
    const cloudFormation = new CloudFormationClient(settings)
    const stack = `${service}-${stage}`
    await checkAccount(new LambdaClient(settings))
    await checkDomain(cloudFormation, stack, parameters.domainName)
    await checkTable(cloudFormation, new DynamoDBClient(settings), stack)
  }
  await run('build.ts', ['--import', 'tsx', 'build.ts'])
  await run('serverless', [createRequire(import.meta.url).resolve('serverless/bin/serverless.js'), what, ...args])
})
