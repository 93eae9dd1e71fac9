import { expect, test } from 'vitest'
import { readParameters, readServiceDefaults } from '../../operate/parameters.ts'

const { defaults } = await readServiceDefaults()
const wrong = (...given: readonly string[]) => readParameters(defaults, given).wrong

test('every parameter of serverless.yml is known, and its default is good', () => {
  expect(wrong()).toEqual([])
  expect(readParameters({}, []).wrong).toHaveLength(Object.keys(defaults).length)
})

test('all that is wrong is told at once', () => {
  const given = [
    'publish=all',
    'tokenParameter=/x',
    'aiccKeysParameter=x',
    'voiceCallSignature=enforce',
    'domainName=a.example.com',
  ]
  expect(wrong(...given)).toEqual([
    expect.stringMatching(/^found tokenParameter, wanted one of publish, /),
    'publish: found "all", wanted one of ended, every-revision',
    'aiccKeysParameter: found "x", wanted the name of an SSM parameter, beginning with /, or nothing',
    'voiceCallSecretsParameter: found nothing, wanted it for voiceCallSignature enforce',
    'domainName and certificateArn: found one, wanted both or none',
  ])
})

test.each([
  ['retentionDays', ['30', '3650'], ['29', '3651', '', 'x', '1e2']],
  ['aiccUtcOffset', ['+08:00', '-03:30', '+14:59'], ['8', '+15:00', '+08:60', '+8:00']],
  ['answerBudgetMs', ['1000', '8000'], ['999', '8001']],
  ['silentHours', ['0', '24'], ['25']],
  ['workerConcurrency', ['2', '1000'], ['1', '1001']],
  ['runtime', ['nodejs24.x', 'nodejs22.x'], ['node24', 'python3.12']],
  ['tokensParameter', ['', '/a/b-c_d.e'], ['a', '/', '/a b']],
  ['alarmEmail', ['', 'a@example.com'], ['a', 'a@b@c']],
  ['alarmTopicArn', ['', 'arn:aws-cn:sns:cn-north-1:123456789012:x'], ['arn:aws:sqs:eu-west-1:123456789012:x', 'x']],
  ['edition', ['0', '7'], ['-1', '1.5']],
])('%s is checked', (name, good, bad) => {
  for (const value of good) expect(wrong(`${name}=${value}`)).toEqual([])
  for (const value of bad)
    expect(wrong(`${name}=${value}`)).toEqual([expect.stringContaining(`${name}: found "${value}", wanted `)])
})

test('a domain fits with a token in what Voice Call takes', () => {
  const certificateArn = 'certificateArn=arn:aws:acm:eu-west-1:123456789012:certificate/x'
  const domain = (length: number) => `domainName=${'a'.repeat(length - 12)}.example.com`
  expect(wrong(domain(54), certificateArn)).toEqual([])
  expect(wrong(domain(55), certificateArn)).toHaveLength(1)
  expect(wrong('domainName=a_b.example.com', certificateArn)).toHaveLength(1)
})
