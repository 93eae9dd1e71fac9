import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { openAccess } from '../shared/access.ts'
import { aiccReception } from '../shared/aicc.ts'
import { toAiccVerifier } from '../shared/aicc-signature.ts'
import { openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { optional, required } from '../shared/environment.ts'
import { openMetrics } from '../shared/metrics.ts'
import { receiveCallback } from '../shared/receive-callback.ts'

/** `POST /hangup`: what AICC pushes to a hang-up callback URL. */
const { env } = process
const queue = openCallbacksQueue(required(env, 'CALLBACKS_QUEUE_URL'))
const count = openMetrics(optional(env, 'METRICS_NAMESPACE'))
const access = await openAccess(env, toAiccVerifier)
export const handler: APIGatewayProxyHandlerV2 = async (request) => {
  const now = new Date()
  return receiveCallback(request, aiccReception, await access(now), queue, count, now)
}
