import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { logFailure } from './attempt-all.ts'
import { parseBody, readBody, toQueueText } from './callback.ts'
import type { CallbacksQueue } from './callbacks-queue.ts'
import type { JsonObject } from './json.ts'
import { SenderError } from './sender-error.ts'

/** What a platform's callback must have, and what the platform takes for a success. */
export interface Reception {
  readonly source: string
  /** @throws SenderError when the body is no callback of this platform */
  readonly check: (body: JsonObject) => unknown
  readonly success: JsonObject
  /** The body of an answer that takes nothing. */
  readonly refuse: (code: string, message: string) => JsonObject
}

/**
 * Answers 200 once the callback is on the queue, 400 or 413 to what is no callback, 503 when it cannot be kept.
 * The answer is the only chance to keep a status event, so nothing else is done before it.
 */
export const receiveCallback = async (
  request: APIGatewayProxyEventV2,
  { source, check, success, refuse }: Reception,
  queue: CallbacksQueue,
  now: Date,
): Promise<APIGatewayProxyStructuredResultV2> => {
  try {
    const text = readBody(request)
    check(parseBody(text))
    await queue.enqueue({ body: toQueueText(text), source, receivedAt: now.toISOString() })
    return answer(200, success)
  } catch (error) {
    if (error instanceof SenderError)
      return answer(error.code === 'too-large' ? 413 : 400, refuse(error.code, error.message))
    logFailure('keep a callback', error)
    return answer(503, refuse('not-kept', 'Cannot keep the callback: the queue refused it; push it again'))
  }
}

export const answer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify(body),
})
