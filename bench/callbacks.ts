import { readFile } from 'node:fs/promises'
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda'
import * as v from 'valibot'

const Message = v.looseObject({ eventType: v.string() })
const Cdrs = v.object({ eventType: v.literal('fee'), feeLst: v.tuple([v.record(v.string(), v.unknown())]) })

const readFixture = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../test/fixtures/voice-call/${name}.json`, import.meta.url), 'utf8'))

/** The documented callbacks of one call-back, 7 status events and a CDR, each as the HTTP API gives it to a function. */
export const readCallbacks = async (): Promise<readonly string[]> => {
  const events = v.parse(v.array(Message), await readFixture('call-back-status-sequence-answered'))
  const cdr = v.parse(Message, await readFixture('call-back-cdr-answered'))
  return [...events, cdr].map((message) => toHttpEvent(JSON.stringify(message), false))
}

/** A callback as large as one may be, in the form in which it takes most room on its way. */
export const readLargestCallback = async (): Promise<string> => toHttpEvent(await readLargestCdrs('largest'), true)

/** A batch of 10 messages with 50 CDRs, 500 calls in all. @param batch makes the calls distinct */
export const readBatch = async (batch: string): Promise<string> => {
  const record = await readRecord()
  const bodies = Array.from({ length: 10 }, (_, message) =>
    JSON.stringify({
      eventType: 'fee',
      feeLst: Array.from({ length: 50 }, (_, n) => ({ ...record, sessionId: toSessionId(`${batch}_${message}_${n}`) })),
    }),
  )
  return toSqsEvent(bodies)
}

/** A batch of 10 messages that say next to nothing of 500 calls each. */
export const readBarestBatch = (): string =>
  toSqsEvent(
    Array.from({ length: 10 }, (_, message) => {
      const feeLst = Array.from({ length: 500 }, (_, n) => ({ sessionId: toSessionId(`barest_${message}_${n}`) }))
      return JSON.stringify({ eventType: 'fee', feeLst })
    }),
  )

/** The largest batch: 10 messages of 256 KiB, each with the 500 CDRs that one may have. */
export const readLargestBatch = async (): Promise<string> =>
  toSqsEvent(await Promise.all(Array.from({ length: 10 }, (_, message) => readLargestCdrs(`largest_${message}`))))

const readRecord = async () => v.parse(Cdrs, await readFixture('call-back-cdr-answered')).feeLst[0]

const toSessionId = (text: string) => `1201_${text.padStart(12, '0')}_20190124030424@callenabler901.example.com`

const maxBytes = 256 * 1024

/** What 500 records have no room for. */
const leftOut = new Set([
  ...['direction', 'spId', 'appKey', 'icid', 'bindNum', 'fwdDisplayNum', 'callOutUnaswRsn', 'ulFailReason'],
  ...['recordFlag', 'ttsPlayTimes', 'ttsTransDuration', 'hostName'],
])

/** 500 records of the documented fields that tell most, with as much `userData` as fills the callback to its last byte. */
const readLargestCdrs = async (name: string): Promise<string> => {
  const record = await readRecord()
  const kept = Object.fromEntries(Object.entries(record).filter(([field]) => !leftOut.has(field)))
  const records = Array.from({ length: 500 }, (_, n) => ({
    ...kept,
    sessionId: toSessionId(`${name}_${n}`),
    userData: '',
  }))
  const write = () => JSON.stringify({ eventType: 'fee', feeLst: records })
  const room = maxBytes - write().length
  if (room < 0) throw new Error(`Cannot fill a callback: found ${-room} bytes too many, wanted 500 records in 256 KiB`)
  for (const [n, record] of records.entries())
    record.userData = 'x'.repeat(Math.floor(room / 500) + (n < room % 500 ? 1 : 0))
  return write()
}

const toHttpEvent = (body: string, isBase64Encoded: boolean): string => {
  const routeKey = body.startsWith('{"eventType":"fee"') ? 'POST /cdr' : 'POST /status'
  const [method = '', path = ''] = routeKey.split(' ')
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: {
      'content-type': isBase64Encoded ? 'application/octet-stream' : 'application/json;charset=UTF-8',
      'content-length': String(Buffer.byteLength(body)),
      host: 'bench.execute-api.eu-west-1.amazonaws.com',
      'user-agent': 'Apache-HttpClient/4.5.13 (Java/1.8.0_292)',
      'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'bench.execute-api.eu-west-1.amazonaws.com',
      domainPrefix: 'bench',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'Apache-HttpClient/4.5.13' },
      requestId: 'AAAAAAAAAAAAAAA=',
      routeKey,
      stage: '$default',
      time: '24/Jan/2019:03:04:50 +0000',
      timeEpoch: 1_548_299_090_000,
    },
    body: isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded,
  }
  return JSON.stringify(event)
}

const toSqsEvent = (bodies: readonly string[]): string => {
  const text = (stringValue: string) => ({ dataType: 'String', stringValue })
  const event: SQSEvent = {
    Records: bodies.map((body, n) => ({
      messageId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      receiptHandle: 'bench',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1548299090000',
        SenderId: 'bench',
        ApproximateFirstReceiveTimestamp: '1548299090000',
      },
      messageAttributes: {
        source: text('voice-call'),
        verdict: text('off'),
        receivedAt: text('2019-01-24T03:04:50.000Z'),
      },
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:bench-callbacks',
      awsRegion: 'eu-west-1',
    })),
  }
  return JSON.stringify(event)
}
