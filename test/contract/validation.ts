import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import * as v from 'valibot'

const Document = v.looseObject({
  paths: v.record(
    v.string(),
    v.record(
      v.string(),
      v.looseObject({
        security: v.array(v.record(v.string(), v.array(v.string()))),
        parameters: v.optional(v.array(v.looseObject({ name: v.string(), in: v.string() })), []),
        responses: v.record(v.string(), v.unknown()),
      }),
    ),
  ),
  components: v.looseObject({ schemas: v.record(v.string(), v.unknown()) }),
})

const Body = v.looseObject({ content: v.object({ 'application/json': v.object({ schema: v.looseObject({}) }) }) })

export const readDocument = (name: string): Promise<string> =>
  readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

/** What is wrong with a value by a schema, nothing if it is valid. */
type Check = (value: unknown) => string

const toCheck = (schema: object): Check => {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  formats.default(ajv)
  const check = ajv.compile(schema)
  return (value) => (check(value) ? '' : ajv.errorsText(check.errors))
}

/** The schema of a call record in docs/. */
export const openCallRecordSchema = async (): Promise<Check> =>
  toCheck(JSON.parse(await readDocument('call-record.schema.json')))

/** docs/openapi.json: its operations, and what is wrong with a body by the schema of its place. */
export const openOpenApi = async () => {
  const document: unknown = JSON.parse(await readDocument('openapi.json'))
  const { paths, components } = v.parse(Document, document)
  const checks = new Map<unknown, Check>()
  const checkBy = (place: unknown, value: unknown): string => {
    const { schema } = v.parse(Body, place).content['application/json']
    // As a schema of its own: a validator knows no keywords of OpenAPI, and is strict about all others.
    const whole = JSON.stringify({ ...schema, $defs: components.schemas })
    const check = checks.get(place) ?? toCheck(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')))
    checks.set(place, check)
    return check(value)
  }
  return {
    document,
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    ),
    checkRequest: (path: string, value: unknown) => checkBy(paths[path]?.post?.requestBody, value),
    checkResponse: (method: string, path: string, status: number, value: unknown) =>
      checkBy(paths[path]?.[method]?.responses[status], value),
  }
}
