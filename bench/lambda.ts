/** As much of Lambda's context as the rivals' libraries read. */
const context = {
  functionName: 'bench',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:bench',
  memoryLimitInMB: '256',
  awsRequestId: '00000000-0000-4000-8000-000000000000',
  logGroupName: '/aws/lambda/bench',
  logStreamName: '2026/01/01/[$LATEST]00000000000000000000000000000000',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => 10_000,
}

/**
 * The function in a built file. A failure is no time to measure, so it is an error. Both are checked by hand, since a schema
 * would take part in what is measured.
 */
export const loadHandler = async (file: string): Promise<(event: unknown) => Promise<void>> => {
  const { handler }: { readonly handler?: unknown } = await import(file)
  if (typeof handler !== 'function')
    throw new Error(`Cannot measure: found ${typeof handler} as handler of ${file}, wanted a function`)
  return async (event) => {
    const answer: unknown = await handler(event, context)
    if (!isSuccess(answer))
      throw new Error(`Cannot measure: found the answer ${JSON.stringify(answer)}, wanted a success`)
  }
}

const isSuccess = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  (('statusCode' in answer && answer.statusCode === 200) ||
    ('batchItemFailures' in answer && Array.isArray(answer.batchItemFailures) && answer.batchItemFailures.length === 0))
