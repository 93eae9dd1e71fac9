import { type ConversionConfig, toJsonSchemaDefs } from '@valibot/to-json-schema'
import * as records from './call-record.ts'
import * as callbacks from './callbacks.ts'

// OpenAPI 3.1 for every route of serverless.yml: what is answered, by the functions and by the API Gateway in front of them.

type Json = { readonly [name: string]: unknown }

/** JSON Schema as OpenAPI 3.1 has it; it does not know that what is read may not be written. */
export const options = { target: 'draft-2020-12', ignoreActions: ['readonly'] } satisfies ConversionConfig

const schemas = toJsonSchemaDefs(
  {
    LegRecord: records.LegRecord,
    RecordingRecord: records.RecordingRecord,
    FailureCodeRecord: records.FailureCodeRecord,
    FailureRecord: records.FailureRecord,
    Problem: records.Problem,
    CallRecord: records.CallRecord,
    CallEvent: records.CallEvent,
    CallView: records.CallView,
    CallPage: records.CallPage,
    VoiceCallCallback: callbacks.VoiceCallCallback,
    AiccCallback: callbacks.AiccCallback,
    ...callbacks.answers,
  },
  { ...options, overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}` },
)

const ref = (name: keyof typeof schemas) => ({ $ref: `#/components/schemas/${name}` })

const response = (description: string, ...schemas: readonly Json[]) => ({
  description,
  content: { 'application/json': { schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas } } },
})

/** A refusal with one of these codes: the set is closed, so a client may switch over it. */
const refusal = (name: 'Refusal' | 'AiccRefusal', ...codes: readonly string[]) => ({
  allOf: [
    ref(name),
    { type: 'object', properties: { [name === 'Refusal' ? 'code' : 'retCode']: { type: 'string', enum: codes } } },
  ],
})

const byGateway = {
  429: response('More requests than the API lets through.', ref('GatewayMessage')),
  500: response('The function failed.', ref('GatewayMessage')),
}

interface Platform {
  readonly tag: string
  readonly callback: 'VoiceCallCallback' | 'AiccCallback'
  readonly success: 'Success' | 'AiccSuccess'
  readonly refusal: 'Refusal' | 'AiccRefusal'
  /** Codes of 400 and of 401, beside those that every platform's have. */
  readonly malformed: readonly string[]
  readonly unverified: readonly string[]
  readonly parameters: readonly Json[]
}

const voiceCall: Platform = {
  tag: 'Huawei Voice Call',
  callback: 'VoiceCallCallback',
  success: 'Success',
  refusal: 'Refusal',
  malformed: ['no-event-type', 'other-platform'],
  unverified: [],
  parameters: [
    {
      name: 'X-AKSK',
      in: 'header',
      description: 'Signature of the URL, a nonce and a time; wanted where signatures are enforced.',
      schema: { type: 'string' },
    },
  ],
}

const aicc: Platform = {
  tag: 'Huawei AICC',
  callback: 'AiccCallback',
  success: 'AiccSuccess',
  refusal: 'AiccRefusal',
  malformed: ['bad-call-serial-no', 'other-platform'],
  unverified: ['ambiguous-body'],
  parameters: [],
}

const push = (operationId: string, summary: string, platform: Platform, parameters: readonly Json[] = []) => ({
  operationId,
  summary,
  tags: [platform.tag],
  security: [],
  parameters: [...parameters, ...platform.parameters],
  requestBody: {
    description: 'JSON, whatever the content type says; at most 256 KiB.',
    required: true,
    content: { 'application/json': { schema: ref(platform.callback) } },
  },
  responses: {
    200: response(
      'The callback is kept: on the queue, or in the table until the queue takes it.',
      ref(platform.success),
    ),
    400: response(
      'It is no callback of this platform; the same bytes again are of no use.',
      refusal(platform.refusal, 'not-utf8', 'not-json', 'not-an-object', ...platform.malformed),
    ),
    401: response(
      'Signatures are enforced, and it has no valid one. Nothing of it is kept.',
      refusal(
        platform.refusal,
        ...['unsigned', 'malformed-signature', 'wrong-signature', 'stale-signature'],
        ...platform.unverified,
      ),
    ),
    404: response(
      'The path has no token where one is wanted, another one, or one where none is.',
      ref('GatewayMessage'),
    ),
    413: response(
      'Larger than 256 KiB; larger than 10 MB, which API Gateway refuses by itself.',
      refusal(platform.refusal, 'too-large'),
      ref('GatewayMessage'),
    ),
    ...byGateway,
    503: response(
      'It cannot be checked or kept; push it again. API Gateway says so by itself of a function that takes too long.',
      refusal(platform.refusal, 'not-ready', 'not-kept'),
      ref('GatewayMessage'),
    ),
  },
})

const token = {
  name: 'token',
  in: 'path',
  required: true,
  description: 'The secret that stands in the path as registered at the platform.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9-]{16,26}$' },
}

/** The same with and without a token. */
const pushPaths = (path: string, operationId: string, summary: string, platform: Platform) => ({
  [path]: { post: push(operationId, summary, platform) },
  [`${path}/{token}`]: { post: push(`${operationId}WithToken`, summary, platform, [token]) },
})

const query = (name: string, description: string, schema: Json) => ({ name, in: 'query', description, schema })

const forbidden = { 403: response('Not signed, or not allowed to execute-api:Invoke this.', ref('GatewayMessage')) }

/** As a document of JSON values. */
export const toOpenApi = (version: string): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'huawei-call-receiver',
    version,
    description:
      'Takes the callbacks of Huawei Voice Call, PrivateNumber and AICC voice notifications, and gives back the calls that they tell of.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [
    {
      url: 'https://{api}.execute-api.{region}.amazonaws.com',
      description: 'A deployment, as its outputs name it',
      variables: { api: { default: 'api-id' }, region: { default: 'eu-west-1' } },
    },
    { url: 'http://127.0.0.1:3000', description: 'npm start; nothing is signed' },
  ],
  tags: [
    { name: 'Huawei Voice Call', description: 'Pushed by Voice Call and PrivateNumber' },
    { name: 'Huawei AICC', description: 'Pushed by AICC' },
    { name: 'Calls', description: 'For people and programs that ask' },
  ],
  paths: {
    ...pushPaths('/status', 'receiveStatus', 'Status events: register as statusUrl', voiceCall),
    ...pushPaths('/cdr', 'receiveCdr', 'CDRs: register as feeUrl', voiceCall),
    ...pushPaths('/hangup', 'receiveHangup', 'Hang-ups: register as hang-up callback URL', aicc),
    '/calls': {
      get: {
        operationId: 'listCalls',
        summary: 'The calls of a day, page by page',
        description:
          'Calls with a CDR are listed by their end, others by their first receipt. The cursor skips nothing; a call that ends meanwhile may come twice.',
        tags: ['Calls'],
        security: [{ sigv4: [] }],
        parameters: [
          query('day', 'UTC; today if absent, or the day of the cursor.', { type: 'string', format: 'date' }),
          query('limit', 'Calls on a page.', { type: 'integer', minimum: 1, maximum: 50, default: 50 }),
          query('cursor', 'The cursor of the page before, for the same day.', { type: 'string' }),
        ],
        responses: {
          200: response('A page.', ref('CallPage')),
          400: response('A parameter is not known or holds something else.', refusal('Refusal', 'bad-request')),
          ...forbidden,
          ...byGateway,
          503: response('The function took too long.', ref('GatewayMessage')),
        },
      },
    },
    '/calls/{source}/{id}': {
      get: {
        operationId: 'readCall',
        summary: 'One call, with everything received of it',
        tags: ['Calls'],
        security: [{ sigv4: [] }],
        parameters: [
          {
            name: 'source',
            in: 'path',
            required: true,
            description: 'The platform; no call is found under another one.',
            schema: { type: 'string', enum: ['voice-call', 'aicc'] },
          },
          {
            name: 'id',
            in: 'path',
            required: true,
            description:
              'The session id, or the callSerialNo: what follows the first / of a callId, percent-encoded. It may hold a / as it is.',
            schema: { type: 'string', minLength: 1, maxLength: 256 },
          },
        ],
        responses: {
          200: response('The call as it now stands.', ref('CallView')),
          ...forbidden,
          404: response('No such call is known, or no longer.', refusal('Refusal', 'not-found')),
          ...byGateway,
          503: response('The function took too long.', ref('GatewayMessage')),
        },
      },
    },
  },
  components: {
    schemas,
    securitySchemes: {
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        description: 'AWS Signature Version 4 for the service execute-api (AWS_IAM).',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
    },
  },
})
