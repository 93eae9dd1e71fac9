import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { aiccReception } from '../shared/aicc.ts'
import { openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { required } from '../shared/environment.ts'
import { receiveCallback } from '../shared/receive-callback.ts'

/** `POST /hangup`: what AICC pushes to a hang-up callback URL. */
const queue = openCallbacksQueue(required(process.env, 'CALLBACKS_QUEUE_URL'))
export const handler: APIGatewayProxyHandlerV2 = (request) => receiveCallback(request, aiccReception, queue, new Date())
