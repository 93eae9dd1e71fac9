import { expect, test } from 'vitest'
import { oneOf, required, wholeNumber } from '../../shared/environment.ts'

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
