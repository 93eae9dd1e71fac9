import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { parseAiccKeys } from '../shared/aicc-signature.ts'
import { parseTokens } from '../shared/path-token.ts'
import { parseAkskSecrets } from '../shared/x-aksk.ts'

/** Secrets of one machine: the environment's variable, the parameter of serverless.yml that names it, how it is read. */
const secrets = [
  { variable: 'CALLBACK_TOKENS', param: 'tokensParameter', policy: '', parse: parseTokens, example: '["<token>"]' },
  {
    variable: 'VOICE_CALL_SECRETS',
    param: 'voiceCallSecretsParameter',
    policy: 'voiceCallSignature',
    parse: parseAkskSecrets,
    example: '{"urls":["https://…"],"apps":{"<app key>":["<app secret>"]}}',
  },
  {
    variable: 'AICC_KEYS',
    param: 'aiccKeysParameter',
    policy: 'aiccSignature',
    parse: parseAiccKeys,
    example: '["<shared key>"]',
  },
] as const

/**
 * Those that the environment holds, each under the name of a parameter.
 * @param given parameters of serverless.yml, which may not name secrets that are not here
 * @throws Error naming the variable
 */
export const readLocalSecrets = (env: NodeJS.ProcessEnv, given: { readonly [param: string]: string }) => {
  for (const { variable, param, policy, example } of secrets) {
    if (env.AWS_ENDPOINT_URL_SSM || env[variable] !== undefined) continue
    const asked = given[param] !== undefined ? param : given[policy] === 'enforce' ? `${policy}=enforce` : undefined
    if (asked !== undefined)
      throw new Error(
        `Cannot start: found --param ${asked} and no secrets, wanted them in ${variable}, such as ${example}`,
      )
  }

  const found = secrets.flatMap(({ variable, param, parse, example }) => {
    const value = env[variable]
    if (value === undefined) return []
    try {
      parse(value)
    } catch (error) {
      throw new Error(
        `Cannot start: ${variable}: ${error instanceof Error ? error.message : typeof error}; such as ${example}`,
      )
    }
    return [{ param, name: `/local/${param}`, value }]
  })
  return {
    params: Object.fromEntries(found.map(({ param, name }) => [param, name])),
    parameters: new Map(found.map(({ name, value }) => [name, value])),
  }
}

const Request = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ Names: v.array(v.string()), WithDecryption: v.optional(v.boolean(), false) }),
)

/** The one operation of SSM Parameter Store that the functions use, over its protocol. */
export const createParameterStore = (parameters: ReadonlyMap<string, string>): Server =>
  createServer(async (request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    const asked = v.safeParse(Request, await text(request).catch(() => ''))
    if (!asked.success) return response.writeHead(400).end('{"__type":"ValidationException"}')
    const { Names, WithDecryption } = asked.output
    const Parameters = Names.flatMap((Name) => {
      const value = parameters.get(Name)
      if (value === undefined) return []
      // What nobody asked to decrypt, nobody can read.
      return [{ Name, Type: 'SecureString', Value: WithDecryption ? value : Buffer.from(value).toString('base64') }]
    })
    const InvalidParameters = Names.filter((name) => !parameters.has(name))
    return response.end(JSON.stringify({ Parameters, InvalidParameters }))
  })
