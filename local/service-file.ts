import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'

// What `npm start` understands of serverless.yml. The schemas name all that is used; the rest is for AWS alone.

const Environment = v.record(v.string(), v.unknown())

const HttpApiEvent = v.object({
  httpApi: v.union([
    v.pipe(
      v.string(),
      v.regex(/^[A-Z]+ \/\S*$/),
      v.transform((text) => {
        const [method = '', path = ''] = text.split(' ')
        return { method, path }
      }),
    ),
    v.object({
      method: v.string(),
      path: v.string(),
      authorizer: v.optional(v.object({ type: v.literal('aws_iam') })),
    }),
  ]),
})

const SqsEvent = v.object({
  sqs: v.object({
    arn: v.unknown(),
    batchSize: v.number(),
    functionResponseType: v.literal('ReportBatchItemFailures'),
  }),
})

/** `rate(1 minute)`, in milliseconds. */
const ScheduleEvent = v.object({
  schedule: v.pipe(
    v.string(),
    v.regex(/^rate\(\d+ minutes?\)$/),
    v.transform((text) => Number(/\d+/.exec(text)?.[0]) * 60_000),
  ),
})

const Resources = v.record(
  v.string(),
  v.object({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
)

const Service = v.object({
  provider: v.object({ environment: v.optional(Environment, {}) }),
  functions: v.record(
    v.string(),
    v.object({
      handler: v.pipe(v.string(), v.regex(/^dist\/[\w-]+\/index\.handler$/)),
      events: v.array(v.union([HttpApiEvent, SqsEvent, ScheduleEvent])),
      environment: v.optional(Environment, {}),
    }),
  ),
  // Parts of it in files of their own (roles, alarms, the dashboard) are for AWS alone.
  resources: v.pipe(
    v.array(v.union([v.string(), v.object({ Resources: v.optional(Resources, {}) })])),
    v.transform((parts) => ({
      Resources: Object.assign(
        {},
        ...parts.map((part) => (typeof part === 'string' ? {} : part.Resources)),
      ) as v.InferOutput<typeof Resources>,
    })),
  ),
})

export type Service = v.InferOutput<typeof Service>

const Variables = v.object({
  service: v.string(),
  params: v.object({ default: v.record(v.string(), v.string()) }),
})

// Those that nothing here needs stay as they are.
const cloudFormationTags = [
  { tag: '!Ref', resolve: (text: string) => ({ Ref: text }) },
  { tag: '!Sub', resolve: (text: string) => ({ 'Fn::Sub': text }) },
  { tag: '!GetAtt', resolve: (text: string) => ({ 'Fn::GetAtt': text.split('.') }) },
]

/**
 * Reads serverless.yml for one machine: `${sls:stage}`, `${self:service}` and `${param:…}` are filled in,
 * CloudFormation's references are left for the resources to answer.
 * @param given parameters that take the place of the file's defaults
 * @throws Error naming the parameter or the place in the file
 */
export const readServiceFile = async (
  file: URL,
  stage: string,
  given: { readonly [param: string]: string },
): Promise<Service> => {
  const text = await readFile(file, 'utf8')
  const { service, params } = v.parse(Variables, parse(text, { customTags: cloudFormationTags, logLevel: 'error' }))
  const unknown = Object.keys(given).find((name) => params.default[name] === undefined)
  if (unknown !== undefined)
    throw new Error(`Cannot start: found --param ${unknown}, wanted one of ${Object.keys(params.default).join(', ')}`)

  const values: { readonly [variable: string]: string } = {
    'sls:stage': stage,
    'self:service': service,
    ...Object.fromEntries(
      Object.entries({ ...params.default, ...given }).map(([name, value]) => [`param:${name}`, value]),
    ),
  }
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$\{((?:sls|self|param):[^},]+)\}/g, (_, variable: string) => {
        const found = values[variable]
        if (found === undefined)
          throw new Error(`Cannot read serverless.yml: found \${${variable}}, which is not known here`)
        return found
      })
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member)]))
  }
  return v.parse(Service, fill(parse(text, { customTags: cloudFormationTags, logLevel: 'error' })))
}
