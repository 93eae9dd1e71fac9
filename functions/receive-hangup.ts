import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { openAccess } from '../shared/access.ts'
import { aiccReception } from '../shared/aicc.ts'
import { toAiccVerifier } from '../shared/aicc-signature.ts'
import type { Callback } from '../shared/callback.ts'
import { openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { optional, required, wholeNumber } from '../shared/environment.ts'
import { openHeldCallbacks } from '../shared/held-callbacks.ts'
import { keepCallback } from '../shared/keep-callback.ts'
import { openMetrics } from '../shared/metrics.ts'
import { receiveCallback } from '../shared/receive-callback.ts'

/** `POST /hangup`: what AICC pushes to a hang-up callback URL. */
const { env } = process
const queue = openCallbacksQueue(required(env, 'CALLBACKS_QUEUE_URL'))
const held = openHeldCallbacks(required(env, 'CALLS_TABLE'))
const budget = wholeNumber(env, 'ANSWER_BUDGET_MS', 100)
const count = openMetrics(optional(env, 'METRICS_NAMESPACE'))
const access = await openAccess(env, toAiccVerifier)
export const handler: APIGatewayProxyHandlerV2 = async (request) => {
  const now = new Date()
  const keep = (callback: Callback) => keepCallback(callback, queue, held, budget, count)
  return receiveCallback(request, aiccReception, await access(now), keep, count, now)
}
