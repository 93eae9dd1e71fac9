import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

export const answer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify(body),
})

/** A Lambda function may answer 6 MB of JSON, in which the body is text. */
export const isAnswerable = (answered: APIGatewayProxyStructuredResultV2): boolean =>
  Buffer.byteLength(JSON.stringify(answered)) <= 6_000_000
