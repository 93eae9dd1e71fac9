import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'
import type { Settings } from './load.ts'

const Count = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))
const Service = v.object({
  params: v.object({ default: v.object({ workerConcurrency: Count, apiRateLimit: Count, apiBurstLimit: Count }) }),
})

/** Of a deployment without parameters, as serverless.yml has them. */
export const readSettings = async (warmUnits: number): Promise<Settings> => {
  const text = await readFile(new URL('../../serverless.yml', import.meta.url), 'utf8')
  return { ...v.parse(Service, parse(text, { logLevel: 'error' })).params.default, warmUnits }
}
