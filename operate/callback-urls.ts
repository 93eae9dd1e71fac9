import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import * as v from 'valibot'
import { readPort } from '../local/arguments.ts'
import { readServiceDefaults } from './parameters.ts'

/** The callback URLs as they stand without a token. */
export interface CallbackUrls {
  readonly status: string
  readonly cdr: string
  readonly hangup: string
}

const Local = v.object({ statusUrl: v.string(), cdrUrl: v.string(), hangupUrl: v.string() })

/** An option of the commands that need no more of a deployment than its address. */
export const urlHelp = `  --url URL            a receiver that is known by its address alone: a tunnel, or https://calls.example.com
`

/** Those at an address, of a deployment's stack, or of what `npm start` runs. @throws Error that says where nothing was found */
export const findCallbackUrls = async (
  stage: string | undefined,
  region: string | undefined,
  base: string | undefined,
): Promise<CallbackUrls> => {
  if (base !== undefined) {
    if (!URL.canParse(base))
      throw new Error(`Cannot find the URLs: found --url ${base}, wanted one such as https://calls.example.com`)
    const start = base.replace(/\/$/, '')
    return { status: `${start}/status`, cdr: `${start}/cdr`, hangup: `${start}/hangup` }
  }
  if (stage === undefined) {
    const url = `http://127.0.0.1:${readPort(process.env.PORT ?? '3000')}`
    const answer = await fetch(`${url}/local`).catch(() => undefined)
    const told = v.safeParse(Local, await answer?.json().catch(() => undefined))
    if (told.success) return { status: told.output.statusUrl, cdr: told.output.cdrUrl, hangup: told.output.hangupUrl }
    throw new Error(`Cannot find the URLs: found no receiver at ${url}, wanted one: run npm start, or name a --stage`)
  }
  const { service } = await readServiceDefaults()
  const client = new CloudFormationClient(region === undefined ? {} : { region })
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: `${service}-${stage}` }))
  const outputs = Object.fromEntries(
    (Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  )
  const Outputs = v.object({ StatusUrl: v.string(), CdrUrl: v.string(), HangupUrl: v.string() })
  const { StatusUrl, CdrUrl, HangupUrl } = v.parse(Outputs, outputs)
  return { status: StatusUrl, cdr: CdrUrl, hangup: HangupUrl }
}

export const withToken = (url: string, token: string | undefined): string =>
  token === undefined ? url : `${url}/${token}`

/** What keeps Huawei from taking a URL; nothing if it does. */
export const problemsOf = (platform: 'voice-call' | 'aicc', url: string): readonly string[] => {
  const bytes = Buffer.byteLength(url)
  const allowed = platform === 'voice-call' ? /[^A-Za-z0-9:./-]/g : /[^A-Za-z0-9:./_#?&-]/g
  const others = [...new Set(url.match(allowed) ?? [])]
  return [
    ...(others.length > 0 ? [`it holds ${others.join(' ')}, which the platform does not take`] : []),
    ...(platform === 'voice-call' && bytes > 96 ? [`it has ${bytes} bytes, and the platform takes 96`] : []),
    ...(url.startsWith('https://') ? [] : ['it is not https, so whoever is on the way reads it']),
  ]
}
