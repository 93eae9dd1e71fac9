import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { runCommand } from '../local/arguments.ts'
import { readParameters, readServiceDefaults } from './parameters.ts'

const help = `Checks the configuration, builds the functions, and packages or deploys them.

  npm run package -- --stage prod [options]     offline, into .serverless/ or --package FOLDER
  npm run deploy -- --stage prod [options]      with your AWS credentials

  --region eu-west-1      where to
  --param name=value      a parameter, documented in docs/parameters.md and in serverless.yml
  --help                  this text
`

/** As many functions at once as a burst of callbacks and the workers need, with room for other functions of the account. */
const leastConcurrency = 100

const checkAccount = async (region: string | undefined): Promise<void> => {
  const lambda = new LambdaClient(region === undefined ? {} : { region })
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  const found = AccountLimit?.ConcurrentExecutions ?? 0
  if (found < leastConcurrency)
    console.warn(
      `Warning: found ${found} functions at once in this account, wanted ${leastConcurrency} or more: a burst of callbacks beyond them is answered with 5xx. Ask AWS for more (Service Quotas, Lambda, concurrent executions)`,
    )
}

/** A domain that was deployed and is no longer named would be taken from the URLs that are registered. */
const checkDomain = async (stage: string, region: string | undefined, domainName: string): Promise<void> => {
  const { service } = await readServiceDefaults()
  const client = new CloudFormationClient(region === undefined ? {} : { region })
  const StackName = `${service}-${stage}`
  const deployed = await client.send(new DescribeStacksCommand({ StackName })).then(
    ({ Stacks = [] }) =>
      Stacks[0]?.Parameters?.find(({ ParameterKey }) => ParameterKey === 'DomainName')?.ParameterValue,
    (error: unknown) => {
      if (error instanceof Error && error.message.includes('does not exist')) return undefined
      throw error
    },
  )
  if (deployed && deployed !== domainName)
    throw new Error(
      `Cannot deploy: found domainName ${domainName || 'nothing'}, wanted ${deployed} as deployed: its callback URLs are registered. To change it, delete the stack's mapping of the old one first`,
    )
}

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
  const { defaults } = await readServiceDefaults()
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
    const region = values.region === undefined ? undefined : String(values.region)
    await checkAccount(region)
    await checkDomain(stage, region, parameters.domainName)
  }
  await run('build.ts', ['--import', 'tsx', 'build.ts'])
  await run('serverless', [createRequire(import.meta.url).resolve('serverless/bin/serverless.js'), what, ...args])
})
