import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

const sqs = new SQSClient({})

export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '')
  let callback: { eventType?: string; statusInfo?: { sessionId?: string }; feeLst?: unknown }
  try {
    callback = JSON.parse(body)
  } catch {
    return { statusCode: 400, body: JSON.stringify({ message: 'not JSON' }) }
  }
  const { eventType, statusInfo, feeLst } = callback
  const isCallback = eventType === 'fee' ? Array.isArray(feeLst) : Boolean(eventType && statusInfo?.sessionId)
  if (!isCallback) return { statusCode: 400, body: JSON.stringify({ message: 'not a callback' }) }
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.CALLBACKS_QUEUE_URL,
      MessageBody: body,
      MessageAttributes: { source: { DataType: 'String', StringValue: 'voice-call' } },
    }),
  )
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resultcode: '0', resultdesc: 'Success' }),
  }
}
