import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { type Access, admit, Unverified } from './access.ts'
import { answer } from './answer.ts'
import { logFailure } from './attempt-all.ts'
import type { Source } from './call.ts'
import { type Callback, parseBody, readBody, toQueueText } from './callback.ts'
import type { JsonObject } from './json.ts'
import type { Counts } from './metrics.ts'
import { isPathOpen } from './path-token.ts'
import { SenderError } from './sender-error.ts'

/** What a platform's callback must have, and what the platform takes for a success. */
export interface Reception {
  readonly source: Source
  /** The part of the request that the platform signs. */
  readonly signs: 'headers' | 'body'
  /** @throws SenderError when the body is no callback of this platform */
  readonly check: (body: JsonObject) => unknown
  readonly success: JsonObject
  /** The body of an answer that takes nothing. */
  readonly refuse: (code: string, message: string) => JsonObject
}

/**
 * Answers 200 once the callback is kept, 400 or 413 to what is no callback, 401 to what the policy keeps out,
 * 404 to what does not know the path's token, 503 when it cannot be checked or kept.
 * The answer is the only chance to keep a status event, so nothing else is done before it.
 */
export const receiveCallback = async (
  request: APIGatewayProxyEventV2,
  { source, signs, check, success, refuse }: Reception,
  access: Access,
  keep: (callback: Callback) => Promise<void>,
  count: (counts: Counts) => void,
  now: Date,
): Promise<APIGatewayProxyStructuredResultV2> => {
  // Who does not know the token learns nothing of what else is wanting.
  if (access.tokens && !isPathOpen(request.pathParameters?.token, access.tokens)) return notFound
  if (access.tokens === undefined || (access.policy === 'enforce' && access.verify === undefined)) {
    count({ [`refused.${source}.not-ready`]: 1 })
    return answer(503, refuse('not-ready', 'Cannot check the callback: found no secrets, wanted them; push it again'))
  }
  try {
    const text = readBody(request)
    const ofHeaders = signs === 'headers' && admit(access, request.headers, now)
    const body = parseBody(text)
    const verdict = ofHeaders || admit(access, body, now)
    check(body)
    await keep({ body: toQueueText(text), source, verdict, receivedAt: now.toISOString() })
    return answer(200, success)
  } catch (error) {
    if (error instanceof SenderError)
      return answer(error.code === 'too-large' ? 413 : 400, refuse(error.code, error.message))
    if (error instanceof Unverified) {
      count({ [`refused.${source}.${error.verdict}`]: 1 })
      return answer(401, refuse(error.code, error.message))
    }
    logFailure('keep a callback', error)
    count({ [`refused.${source}.not-kept`]: 1 })
    return answer(503, refuse('not-kept', 'Cannot keep the callback: queue and table refused it; push it again'))
  }
}

/** What API Gateway answers for a path that it does not know. */
const notFound: APIGatewayProxyStructuredResultV2 = {
  statusCode: 404,
  headers: { 'content-type': 'application/json' },
  body: '{"message":"Not Found"}',
}
