import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'

/** SSM Parameter Store. @param patience milliseconds, retries included */
export type ReadParameters = (
  names: readonly string[],
  patience: number,
) => Promise<ReadonlyMap<string | undefined, string | undefined>>

export const openParameterStore = (): ReadParameters => {
  const client = new SSMClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true },
  })
  return async (names, patience) => {
    const { Parameters = [] } = await client.send(
      new GetParametersCommand({ Names: [...names], WithDecryption: true }),
      { abortSignal: AbortSignal.timeout(patience) },
    )
    return new Map(Parameters.map(({ Name, Value }) => [Name, Value]))
  }
}
