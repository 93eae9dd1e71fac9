import type { APIGatewayProxyEventV2, APIGatewayProxyHandlerV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { answer, isAnswerable } from '../shared/answer.ts'
import type { FoldSettings } from '../shared/call.ts'
import { parseCallsQuery, toCallIds, toCallView, toPageView } from '../shared/call-view.ts'
import { type CallsReader, openCallsReader } from '../shared/calls-table.ts'
import { foldSettings, required } from '../shared/environment.ts'
import { SenderError } from '../shared/sender-error.ts'

/** `GET /calls/{source}/{id+}`: one call. `GET /calls?day=…&limit=…&cursor=…`: those of a day, page by page, shorter ones where records are large. */
export const readCalls = async (
  request: APIGatewayProxyEventV2,
  table: CallsReader,
  settings: FoldSettings,
  now: Date,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const { source, id } = request.pathParameters ?? {}
  try {
    if (source === undefined) {
      const { start, limit } = parseCallsQuery(request.queryStringParameters ?? {}, now)
      for (let count = limit; ; count = Math.ceil(count / 2)) {
        const page = answer(200, toPageView(await table.listCalls(start, count), settings))
        if (count === 1 || isAnswerable(page)) return page
      }
    }
    for (const callId of toCallIds(source, id)) {
      const call = await table.getCall(callId)
      if (call) return answer(200, toCallView(call, settings))
    }
    return answer(404, { code: 'not-found', message: 'Cannot find the call: found none with this id' })
  } catch (error) {
    if (error instanceof SenderError) return answer(400, { code: error.code, message: error.message })
    throw error
  }
}

const table = openCallsReader(required(process.env, 'CALLS_TABLE'))
const settings = foldSettings(process.env)
export const handler: APIGatewayProxyHandlerV2 = (request) => readCalls(request, table, settings, new Date())
