import {
  type CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, type DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda'

// What is looked at before a deployment, since CloudFormation finds out too late or not at all. Each throws an Error that says
// what to do, or warns.

/** As many functions at once as a burst of callbacks and the workers need, with room for other functions of the account. */
const leastConcurrency = 100

export const checkAccount = async (lambda: LambdaClient): Promise<void> => {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  const found = AccountLimit?.ConcurrentExecutions ?? 0
  if (found < leastConcurrency)
    console.warn(
      `Warning: found ${found} functions at once in this account, wanted ${leastConcurrency} or more: a burst of callbacks beyond them is answered with 5xx. Ask AWS for more (Service Quotas, Lambda, concurrent executions)`,
    )
}

const unlessMissing = (error: unknown): undefined => {
  if (error instanceof ResourceNotFoundException) return undefined
  // CloudFormation has no error of its own for it.
  if (error instanceof Error && error.message.includes('does not exist')) return undefined
  throw error
}

/** A domain that was deployed and is no longer named would be taken from the URLs that are registered. */
export const checkDomain = async (
  client: CloudFormationClient,
  StackName: string,
  domainName: string,
): Promise<void> => {
  const stack = await client.send(new DescribeStacksCommand({ StackName })).catch(unlessMissing)
  const deployed = stack?.Stacks?.[0]?.Parameters?.find(
    ({ ParameterKey }) => ParameterKey === 'DomainName',
  )?.ParameterValue
  if (deployed && deployed !== domainName)
    throw new Error(
      `Cannot deploy: found domainName ${domainName || 'nothing'}, wanted ${deployed} as deployed: its callback URLs are registered. To change it, delete the stack's mapping of the old one first`,
    )
}

/** The table stays when its stack is removed or its first deployment fails, and a stack cannot make it a second time. */
export const checkTable = async (
  client: CloudFormationClient,
  dynamodb: DynamoDBClient,
  StackName: string,
): Promise<void> => {
  const TableName = `${StackName}-calls`
  const table = await dynamodb.send(new DescribeTableCommand({ TableName })).catch(unlessMissing)
  if (table === undefined) return
  const request = new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Calls' })
  const owned = (await client.send(request).catch(unlessMissing))?.StackResourceDetail?.ResourceStatus
  if (owned && !owned.startsWith('DELETE')) return
  throw new Error(
    `Cannot deploy: found the table ${TableName}, which is no stack's, wanted none: it is left of a deployment that failed or was removed. docs/operating.md says how to import it, or to delete it where it holds nothing`,
  )
}
