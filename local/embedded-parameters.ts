import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { parseAiccKeys } from '../shared/aicc-signature.ts'
import { parseTokens } from '../shared/path-token.ts'
import { parseAkskSecrets } from '../shared/x-aksk.ts'

/** Secrets of one machine: the environment's variable, the parameter of serverless.yml that names it, how it is read. */
const secrets = [
  { variable: 'CALLBACK_TOKENS', param: 'tokensParameter', parse: parseTokens },
  { variable: 'VOICE_CALL_SECRETS', param: 'voiceCallSecretsParameter', parse: parseAkskSecrets },
  { variable: 'AICC_KEYS', param: 'aiccKeysParameter', parse: parseAiccKeys },
] as const

/** Those that the environment holds, each under the name of a parameter. @throws Error naming the variable */
export const readLocalSecrets = (env: NodeJS.ProcessEnv) => {
  const found = secrets.flatMap(({ variable, param, parse }) => {
    const value = env[variable]
    if (!value) return []
    try {
      parse(value)
    } catch (error) {
      throw new Error(`Cannot start: ${variable}: ${error instanceof Error ? error.message : typeof error}`)
    }
    return [{ param, name: `/local/${param}`, value }]
  })
  return {
    params: Object.fromEntries(found.map(({ param, name }) => [param, name])),
    parameters: new Map(found.map(({ name, value }) => [name, value])),
  }
}

const Request = v.object({ Names: v.array(v.string()) })

/** The one operation of SSM Parameter Store that the functions use, over its protocol. */
export const createParameterStore = (parameters: ReadonlyMap<string, string>): Server =>
  createServer(async (request, response) => {
    const { Names } = v.parse(Request, JSON.parse(await text(request)))
    const Parameters = Names.flatMap((Name) => {
      const Value = parameters.get(Name)
      return Value === undefined ? [] : [{ Name, Value, Type: 'SecureString' }]
    })
    const InvalidParameters = Names.filter((name) => !parameters.has(name))
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ Parameters, InvalidParameters }))
  })
