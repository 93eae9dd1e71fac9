import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { required } from '../shared/environment.ts'
import { receiveCallback } from '../shared/receive-callback.ts'
import { voiceCallReception } from '../shared/voice-call.ts'

/** `POST /cdr`: what Voice Call pushes to a `feeUrl`. */
const queue = openCallbacksQueue(required(process.env, 'CALLBACKS_QUEUE_URL'))
export const handler: APIGatewayProxyHandlerV2 = (request) =>
  receiveCallback(request, voiceCallReception, queue, new Date())
