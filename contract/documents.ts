import { readFile } from 'node:fs/promises'
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import * as records from './call-record.ts'
import { options, toOpenApi } from './openapi.ts'
import { type Schema, toTypeScript } from './typescript.ts'

const toCallRecordSchema = () => {
  const { $schema, ...schema } = toJsonSchema(records.CallRecord, {
    ...options,
    definitions: {
      LegRecord: records.LegRecord,
      RecordingRecord: records.RecordingRecord,
      FailureRecord: records.FailureRecord,
      FailureCodeRecord: records.FailureCodeRecord,
      Problem: records.Problem,
    },
  })
  return { $schema, title: 'CallRecord', ...schema }
}

/** Without what says nothing: an object of no listed members needs no lists of them. */
const toText = (document: object): string =>
  `${JSON.stringify(
    document,
    (name, value) => {
      const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
      return isEmpty && ['properties', 'required', 'parameters'].includes(name) ? undefined : value
    },
    2,
  )}\n`

/** What is generated of the contract: texts by the names of their files in docs/. */
export const toDocuments = async (): Promise<ReadonlyMap<string, string>> => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(text))
  const schema = toText(toCallRecordSchema())
  return new Map([
    ['call-record.schema.json', schema],
    ['call-record.ts', toTypeScript('CallRecord', JSON.parse(schema) as Schema)],
    ['openapi.json', toText(toOpenApi(version))],
  ])
}
