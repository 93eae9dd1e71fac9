import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { openAccess } from './access.ts'
import type { Callback } from './callback.ts'
import { openCallbacksQueue } from './callbacks-queue.ts'
import { type Environment, optional, required, wholeNumber } from './environment.ts'
import { openHeldCallbacks } from './held-callbacks.ts'
import { keepCallback } from './keep-callback.ts'
import { openMetrics } from './metrics.ts'
import { type Reception, receiveCallback } from './receive-callback.ts'
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
  // keepCallback tries again, within the answer's budget.
  const queue = openCallbacksQueue(required(environment, 'CALLBACKS_QUEUE_URL'), 1)
  const held = openHeldCallbacks(required(environment, 'CALLS_TABLE'), 1)
  const budget = wholeNumber(environment, 'ANSWER_BUDGET_MS', 1000)
  const count = openMetrics(optional(environment, 'METRICS_NAMESPACE'))
  const access = await openAccess(environment, toVerifier)
  return async (request) => {
    const now = new Date()
    const keep = (callback: Callback) => keepCallback(callback, queue, held, budget, count)
    return receiveCallback(request, reception, await access(now), keep, count, now)
  }
}
