import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import httpErrorHandler from '@middy/http-error-handler'
import httpJsonBodyParser from '@middy/http-json-body-parser'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { z } from 'zod'

const Callback = z.union([
  z.looseObject({
    eventType: z.literal('fee'),
    feeLst: z.array(z.looseObject({ sessionId: z.string().min(1) })).max(50),
  }),
  z.looseObject({
    eventType: z.string().min(1),
    statusInfo: z.looseObject({ sessionId: z.string().min(1), timestamp: z.string() }),
  }),
])

const logger = new Logger({ serviceName: 'receiver' })
const metrics = new Metrics({ namespace: 'receiver', serviceName: 'receiver' })
const sqs = new SQSClient({})

type Event = Omit<APIGatewayProxyEventV2, 'body'> & { body: unknown }

const receive = async (event: Event): Promise<APIGatewayProxyStructuredResultV2> => {
  const callback = Callback.safeParse(event.body)
  if (!callback.success) return { statusCode: 400, body: JSON.stringify({ message: callback.error.message }) }
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.CALLBACKS_QUEUE_URL,
      MessageBody: JSON.stringify(callback.data),
      MessageAttributes: { source: { DataType: 'String', StringValue: 'voice-call' } },
    }),
  )
  logger.info('Callback queued', { eventType: callback.data.eventType })
  metrics.addMetric('callbackQueued', MetricUnit.Count, 1)
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resultcode: '0', resultdesc: 'Success' }),
  }
}

export const handler = middy<Event, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(httpJsonBodyParser())
  .use(httpErrorHandler())
  .handler(receive)
