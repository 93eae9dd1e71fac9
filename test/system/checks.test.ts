import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startEmbeddedAws } from '../../local/embedded-aws.ts'
import { checkAccount, checkDomain, checkTable } from '../../operate/checks.ts'

// CloudFormation and Lambda as their API references have them; DynamoDB is embedded.

/** What the stack `name` answers to each of CloudFormation's actions, without the elements around it. */
let stack: { readonly [action: string]: string } = {}
let functionsAtOnce = 1000
const server = createServer(async (request, response) => {
  const action = new URLSearchParams(await text(request)).get('Action') ?? ''
  if (request.url?.endsWith('/account-settings'))
    return void response.end(JSON.stringify({ AccountLimit: { ConcurrentExecutions: functionsAtOnce } }))
  const result = stack[action]
  if (result !== undefined)
    return void response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`)
  response.statusCode = 400
  response.end(
    '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id name does not exist</Message></Error></ErrorResponse>',
  )
})

let stop: () => Promise<void>
let dynamodb: DynamoDBClient
let cloudFormation: CloudFormationClient
let lambda: LambdaClient

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const embedded = await startEmbeddedAws({})
  stop = embedded.stop
  const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  dynamodb = new DynamoDBClient({ ...settings, endpoint: embedded.dynamodbEndpoint })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  cloudFormation = new CloudFormationClient({ ...settings, endpoint })
  lambda = new LambdaClient({ ...settings, endpoint })
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'left-calls',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
})
afterAll(async () => {
  for (const client of [dynamodb, cloudFormation, lambda]) client.destroy()
  server.closeAllConnections()
  server.close()
  await stop()
})
beforeEach(() => {
  stack = {}
})

describe('before a deployment', () => {
  test('a table that no stack has is said to be in the way, and what to read', async () => {
    const wanted = /^Cannot deploy: found the table left-calls, which is no stack's, .*docs\/operating\.md/
    await expect(checkTable(cloudFormation, dynamodb, 'left')).rejects.toThrow(wanted)
    const inState = (status: string) => ({
      DescribeStackResource: `<StackResourceDetail><LogicalResourceId>Calls</LogicalResourceId><ResourceStatus>${status}</ResourceStatus></StackResourceDetail>`,
    })
    stack = inState('DELETE_SKIPPED')
    await expect(checkTable(cloudFormation, dynamodb, 'left')).rejects.toThrow(wanted)
    stack = inState('UPDATE_COMPLETE')
    await checkTable(cloudFormation, dynamodb, 'left')
    stack = {}
    await checkTable(cloudFormation, dynamodb, 'new')
  })

  test('a domain that was deployed has to be named again', async () => {
    await checkDomain(cloudFormation, 'name', '')
    const parameter =
      '<member><ParameterKey>DomainName</ParameterKey><ParameterValue>a.example.com</ParameterValue></member>'
    stack = {
      DescribeStacks: `<Stacks><member><StackName>name</StackName><Parameters>${parameter}</Parameters></member></Stacks>`,
    }
    await checkDomain(cloudFormation, 'name', 'a.example.com')
    await expect(checkDomain(cloudFormation, 'name', '')).rejects.toThrow(
      'Cannot deploy: found domainName nothing, wanted a.example.com as deployed',
    )
  })

  test('an account that may run few functions at once is warned', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    await checkAccount(lambda)
    expect(warn).not.toHaveBeenCalled()
    functionsAtOnce = 10
    await checkAccount(lambda)
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('Warning: found 10 functions at once'))
  })
})
