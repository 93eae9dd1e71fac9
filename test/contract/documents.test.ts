import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, expectTypeOf, test } from 'vitest'
import type * as contract from '../../contract/call-record.ts'
import { toDocuments } from '../../contract/documents.ts'
import { toTypeScript } from '../../contract/typescript.ts'
import type * as copied from '../../docs/call-record.ts'
import { readServiceFile } from '../../local/service-file.ts'
import type { CallRecord } from '../../shared/call-record.ts'
import { openOpenApi, readDocument } from './validation.ts'

test('what stands in docs/ is what is generated: else run npm run contract', async () => {
  const documents = await toDocuments()
  expect([...documents.keys()]).toEqual(['call-record.schema.json', 'call-record.ts', 'openapi.json'])
  for (const [name, text] of documents) expect(await readDocument(name), name).toBe(text)
})

test('the type to copy is the type of the code', () => {
  expectTypeOf<copied.CallRecord>().toEqualTypeOf<contract.CallRecord>()
  expectTypeOf<CallRecord>().toEqualTypeOf<contract.CallRecord>()
})

test('a schema that the type cannot tell is an error', () => {
  expect(() => toTypeScript('X', { properties: { x: { type: 'null' } } })).toThrow('found a schema of type null')
})

test('the OpenAPI document is one, and has all routes of serverless.yml and no other', async () => {
  const { document, operations } = await openOpenApi()
  const validator = new Validator()
  expect(await validator.validate(document as Record<string, unknown>)).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  expect((await validator.validate({ ...(document as object), paths: { status: {} } })).valid).toBe(false)

  const { functions } = await readServiceFile(new URL('../../serverless.yml', import.meta.url), 'x', {})
  const routes = Object.values(functions).flatMap(({ events }) =>
    events.flatMap((event) => ('httpApi' in event ? [`${event.httpApi.method} ${event.httpApi.path}`] : [])),
  )
  // What follows the source is all id, with every / in it; OpenAPI has no word for that.
  const wanted = routes.map((route) => route.replace('{id+}', '{id}')).sort()
  expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(wanted)

  for (const { path, method, parameters, security } of operations) {
    const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`)
    expect(named, path).toEqual(path.match(/\{\w+\}/g) ?? [])
    expect(security, path).toEqual(method === 'get' ? [{ sigv4: [] }] : [])
  }
})

test('what is signed by the document is what serverless.yml has authorized by IAM', async () => {
  const text = await readDocument('../serverless.yml')
  const { operations } = await openOpenApi()
  const authorized = text.match(/authorizer: \{ type: aws_iam \}/g) ?? []
  expect(operations.filter(({ security }) => security.length > 0)).toHaveLength(authorized.length)
})
