import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { openAccess } from './access.ts'
import type { Callback } from './callback.ts'
import { type Environment, optional, required, wholeNumber } from './environment.ts'
import type { HeldCallbacks } from './held-callbacks.ts'
import { keepCallback } from './keep-callback.ts'
import { openMetrics } from './metrics.ts'
import { type Reception, receiveCallback } from './receive-callback.ts'
import { openSendMessage } from './send-message.ts'
import type { Verify } from './signature.ts'

/**
 * A platform's reception, joined to the queue, the table and the secrets that the environment names.
 * @throws Error naming the variable
 */
export const openReceiver = async (
  environment: Environment,
  reception: Reception,
  toVerifier: (secret: string, windowSeconds: number) => Verify,
): Promise<(request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>> => {
  const queueUrl = required(environment, 'CALLBACKS_QUEUE_URL')
  const tableName = required(environment, 'CALLS_TABLE')
  const budget = wholeNumber(environment, 'ANSWER_BUDGET_MS', 1000)
  const count = openMetrics(optional(environment, 'METRICS_NAMESPACE'))
  const [send, access] = await Promise.all([
    openSendMessage(queueUrl, environment),
    openAccess(environment, toVerifier),
  ])
  // The table's client is most of the code, and only a queue that fails needs it.
  let held: HeldCallbacks | undefined
  const openHeld = async () => {
    const { openHeldCallbacks } = await import('./held-callbacks.ts')
    // keepCallback tries again, within the answer's budget.
    held ??= openHeldCallbacks(tableName, 1)
    return held
  }
  return async (request) => {
    const now = new Date()
    const keep = (callback: Callback) => keepCallback(callback, send, openHeld, budget, count)
    return receiveCallback(request, reception, await access(now), keep, count, now)
  }
}
