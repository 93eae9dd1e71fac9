import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'

// Every parameter of serverless.yml, what it may be, and what two of them want of each other. Functions check again what
// they are given, but by then they are deployed.

/** What a parameter may be, and how that is said. */
type Rule = readonly [isGood: (text: string) => boolean, wanted: string]

const fits = (pattern: RegExp) => (text: string) => pattern.test(text)
const oneOf = (...choices: readonly string[]): Rule => [
  (text) => choices.includes(text),
  `one of ${choices.join(', ')}`,
]
const whole = (least: number, most: number): Rule => [
  (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
  `a whole number from ${least} to ${most}`,
]
const orNothing = ([isGood, wanted]: Rule): Rule => [(text) => text === '' || isGood(text), `${wanted}, or nothing`]

const policy = oneOf('off', 'observe', 'enforce')
const parameterName = orNothing([fits(/^\/[\w./-]+$/), 'the name of an SSM parameter, beginning with /'])
const arn = (service: string) =>
  orNothing([fits(new RegExp(`^arn:aws[\\w-]*:${service}:[\\w-]+:\\d{12}:.+$`)), `an ARN of ${service}`])

/** `https://`, `/status/` and a token of 26 leave so much of Voice Call's 96 bytes, in which no underscore may be. */
const maxDomain = 54

const rules = {
  publish: oneOf('ended', 'every-revision'),
  retentionDays: whole(30, 3650),
  aiccUtcOffset: [fits(/^[+-](0\d|1[0-4]):[0-5]\d$/), 'an offset from UTC such as +08:00'],
  edition: whole(0, 999_999_999),
  answerBudgetMs: whole(1000, 8000),
  tokensParameter: parameterName,
  voiceCallSecretsParameter: parameterName,
  aiccKeysParameter: parameterName,
  voiceCallSignature: policy,
  aiccSignature: policy,
  voiceCallWindowSeconds: whole(300, 999_999_999),
  aiccWindowSeconds: whole(300, 999_999_999),
  runtime: [fits(/^nodejs\d+\.x$/), 'a Node runtime of Lambda such as nodejs24.x'],
  architecture: oneOf('arm64', 'x86_64'),
  logRetentionDays: oneOf('1', '3', '5', '7', '14', '30', '60', '90', '120', '150', '180', '365', '400', '545', '731'),
  workerConcurrency: whole(2, 1000),
  apiRateLimit: whole(1, 100_000),
  apiBurstLimit: whole(1, 100_000),
  alarmTopicArn: arn('sns'),
  alarmEmail: orNothing([fits(/^[^@\s]+@[^@\s]+$/), 'an address']),
  silentHours: whole(0, 24),
  domainName: orNothing([
    (text) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text) && text.length <= maxDomain,
    `a domain name of at most ${maxDomain} lower-case letters, digits, - and .`,
  ]),
  certificateArn: arn('acm'),
} as const satisfies { readonly [name: string]: Rule }

export type Parameters = { readonly [name in keyof typeof rules]: string }

const isName = (name: string): name is keyof Parameters => Object.hasOwn(rules, name)

/** The parameters that are deployed with, or everything that is wrong with them. */
export const readParameters = (
  defaults: { readonly [name: string]: string },
  given: readonly string[],
): { readonly parameters: Parameters; readonly wrong: readonly string[] } => {
  const pairs = given.map((text) => [text.replace(/=.*$/s, ''), text.replace(/^[^=]*=?/, '')] as const)
  const values = { ...defaults, ...Object.fromEntries(pairs) }
  const unknown = pairs
    .filter(([name]) => !isName(name))
    .map(([name]) => `found ${name}, wanted one of ${Object.keys(rules).join(', ')}`)
  const bad = Object.entries(rules).flatMap(([name, [isGood, wanted]]) => {
    const value = values[name]
    if (value === undefined) return [`${name}: found nothing, wanted ${wanted}`]
    return isGood(value) ? [] : [`${name}: found "${value}", wanted ${wanted}`]
  })
  const parameters = values as Parameters
  const needs = (name: keyof Parameters, value: string, other: keyof Parameters) =>
    parameters[name] === value && parameters[other] === ''
      ? [`${other}: found nothing, wanted it for ${name} ${value}`]
      : []
  return {
    parameters,
    wrong: [
      ...unknown,
      ...bad,
      ...needs('voiceCallSignature', 'enforce', 'voiceCallSecretsParameter'),
      ...needs('voiceCallSignature', 'observe', 'voiceCallSecretsParameter'),
      ...needs('aiccSignature', 'enforce', 'aiccKeysParameter'),
      ...((parameters.domainName === '') === (parameters.certificateArn === '')
        ? []
        : ['domainName and certificateArn: found one, wanted both or none']),
    ],
  }
}

const ServiceFile = v.object({ service: v.string(), params: v.object({ default: v.record(v.string(), v.string()) }) })

/** The service's name and its parameters' defaults. */
export const readServiceDefaults = async () => {
  const text = await readFile(new URL('../serverless.yml', import.meta.url), 'utf8')
  const { service, params } = v.parse(ServiceFile, parse(text, { logLevel: 'silent' }))
  return { service, defaults: params.default }
}
