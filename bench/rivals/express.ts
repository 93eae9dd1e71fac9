import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import express from 'express'
import serverless from 'serverless-http'

const sqs = new SQSClient({})
const app = express()
app.use(express.json({ limit: '256kb' }))

app.post(['/status', '/cdr'], async (request, response) => {
  const { eventType, statusInfo, feeLst } = request.body
  const isCallback = eventType === 'fee' ? Array.isArray(feeLst) : Boolean(eventType && statusInfo?.sessionId)
  if (!isCallback) {
    response.status(400).json({ message: 'not a callback' })
    return
  }
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.CALLBACKS_QUEUE_URL,
      MessageBody: JSON.stringify(request.body),
      MessageAttributes: { source: { DataType: 'String', StringValue: 'voice-call' } },
    }),
  )
  response.json({ resultcode: '0', resultdesc: 'Success' })
})

export const handler = serverless(app)
