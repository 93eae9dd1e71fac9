import { readFileSync } from 'node:fs'
import { openPost, type RecordedRequest } from './post.ts'

// The least that an answer can do once its callback is kept: the requests that the receiver sent, byte for byte, without
// a look at the event.

const { RECORDED = '', AWS_ENDPOINT_URL_SQS = '' } = process.env
const requests: readonly RecordedRequest[] = JSON.parse(readFileSync(RECORDED, 'utf8'))
const post = openPost(AWS_ENDPOINT_URL_SQS, 1)
const answer = { statusCode: 200, headers: {}, body: '{"resultcode":"0","resultdesc":"Success"}' }
let sent = 0

export const handler = async () => {
  const next = requests[sent++ % requests.length]
  if (next) await post(next)
  return answer
}
