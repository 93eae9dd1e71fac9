import { expect, test } from 'vitest'
import { foldSettings, oneOf, required, wholeNumber } from '../../shared/environment.ts'

test('a setting is read as it stands', () => {
  const environment = { TABLE: 'calls', PUBLISH: 'ended', DAYS: '030', LEAST: '30', HUGE: '999999999' }
  expect(required(environment, 'TABLE')).toBe('calls')
  expect(oneOf(environment, 'PUBLISH', ['every-revision', 'ended'])).toBe('ended')
  expect(wholeNumber(environment, 'DAYS', 7)).toBe(30)
  expect(wholeNumber(environment, 'LEAST', 30)).toBe(30)
  expect(wholeNumber(environment, 'HUGE', 0)).toBe(999_999_999)
})

const values: readonly (string | undefined)[] = [undefined, '']
const cases = [
  ...values.map((value) => ({
    value,
    found: 'nothing',
    wanted: 'it set as in serverless.yml',
    read: (environment: { X: string | undefined }) => required(environment, 'X'),
  })),
  ...[...values, 'Ended', ' ended', 'ended,every-revision', '__proto__'].map((value) => ({
    value,
    found: value ? `"${value}"` : 'nothing',
    wanted: 'one of ended, every-revision',
    read: (environment: { X: string | undefined }) => oneOf(environment, 'X', ['ended', 'every-revision']),
  })),
  ...[...values, '29', '0', '-30', '+30', '30.0', '3e1', ' 30', '30\n', '0x1e', '٣٠', 'NaN', 'Infinity'].map(
    (value) => ({
      value,
      found: value ? `"${value}"` : 'nothing',
      wanted: 'a whole number of at least 30',
      read: (environment: { X: string | undefined }) => wholeNumber(environment, 'X', 30),
    }),
  ),
]

test('a bad setting is refused by name, with what it is and what was wanted', () => {
  for (const { value, found, wanted, read } of cases)
    expect(() => read({ X: value }), `${value}: ${wanted}`).toThrow(
      expect.objectContaining({
        name: 'Error',
        message: `Cannot start: found ${found} as environment variable X, wanted ${wanted}`,
      }),
    )
})

test('a setting that is not there at all is refused', () => {
  const message = 'Cannot start: found nothing as environment variable TABLE, wanted'
  expect(() => required({}, 'TABLE')).toThrow(`${message} it set as in serverless.yml`)
  expect(() => oneOf({}, 'TABLE', ['a'])).toThrow(`${message} one of a`)
  expect(() => wholeNumber({}, 'TABLE', 0)).toThrow(`${message} a whole number of at least 0`)
})

test('the settings of the fold are an offset and an edition', () => {
  const offset = (AICC_UTC_OFFSET: string | undefined) => foldSettings({ AICC_UTC_OFFSET, EDITION: '2' })
  expect(offset('+08:00')).toEqual({ aiccUtcOffset: 480, edition: 2 })
  expect(offset('-03:30').aiccUtcOffset).toBe(-210)
  expect(offset('+00:00').aiccUtcOffset).toBe(0)
  for (const [value, found] of [
    [undefined, 'nothing'],
    ['8', '"8"'],
    ['+15:00', '"+15:00"'],
    ['+08:60', '"+08:60"'],
  ] as const)
    expect(() => offset(value)).toThrow(
      `Cannot start: found ${found} as environment variable AICC_UTC_OFFSET, wanted an offset from UTC such as +08:00`,
    )
})
