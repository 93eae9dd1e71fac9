import { describe, expect, test } from 'vitest'
import type { Signed } from '../../shared/signature.ts'
import { parseAkskSecrets, toAkskVerifier, toDigests, verifyAksk } from '../../shared/x-aksk.ts'
import { aksk, akskHeader } from './signatures.ts'

const { app, secret, url, nonce, created, digest2022, digest2026 } = aksk
const secrets = JSON.stringify({ urls: [url], apps: { [app]: [secret] } })
const hour = 3_600_000
const signedAt = Date.parse(created)
const verify = (headers: Signed, text = secrets, at = signedAt, window = 8 * 3600) =>
  verifyAksk(headers, parseAkskSecrets(text), window, new Date(at))

test('the digests are those of the documents', () => {
  expect(toDigests(secret, url, nonce, created)).toEqual([digest2026, digest2022])
})

describe('a push', () => {
  test('is valid in both forms, with and without blanks, in any order and under a header of any case', () => {
    for (const digest of [digest2022, digest2026])
      for (const separator of [',', ', ', ' ,  '])
        for (const name of ['x-aksk', 'X-AKSK', 'X-Aksk'])
          expect(verify({ host: 'x', [name]: akskHeader({}, digest, separator), other: '1' })).toBe('valid')
    const reversed = akskHeader().replace('UsernameToken ', '').split(', ').reverse().join(',')
    expect(verify({ 'x-aksk': `usernametoken  ${reversed}` })).toBe('valid')
    expect(toAkskVerifier(secrets, 300)({ 'x-aksk': akskHeader() }, new Date(signedAt))).toBe('valid')
  })

  test('is checked against every registered URL, every app and both of its secrets', () => {
    const many = (apps: object) => JSON.stringify({ urls: ['https://a.example.com/status/x', url], apps })
    const headers = { 'x-aksk': akskHeader() }
    expect(verify(headers, many({ other: ['x'], [app]: ['new secret', secret] }))).toBe('valid')
    expect(verify(headers, many({ [app]: [secret, 'previous'] }))).toBe('valid')
    expect(verify(headers, many({ [app]: ['new secret'], other: [secret] }))).toBe('mismatch')
    expect(verify(headers, many({ other: [secret] }))).toBe('unknown-key')
    expect(verify(headers, JSON.stringify({ urls: [`${url}/`], apps: { [app]: [secret] } }))).toBe('mismatch')
  })

  test('of a name that every object has is that of no app', () => {
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect(verify({ 'x-aksk': akskHeader({ app: name }) })).toBe('unknown-key')
  })

  test('is a mismatch when any part is another', () => {
    const others = [
      akskHeader({ nonce: `${nonce}0` }),
      akskHeader({ created: '2026-01-27T15:30:21Z' }),
      akskHeader({}, `A${digest2026.slice(1)}`),
    ]
    for (const header of others) expect(verify({ 'x-aksk': header })).toBe('mismatch')
  })

  test('without the header, or with one of another form, says so', () => {
    expect(verify({})).toBe('unsigned')
    expect(verify({ 'x-aksk': undefined })).toBe('unsigned')
    expect(verify({ 'x-aksk': '', authorization: 'AKSK realm="SDP"' })).toBe('unsigned')
    const malformed = [
      ' ',
      'UsernameToken',
      'Bearer x',
      akskHeader().replace('UsernameToken ', ''),
      akskHeader().replaceAll('"', "'"),
      akskHeader().slice(0, -1),
      `${akskHeader()},`,
      `${akskHeader()}, ${akskHeader().replace('UsernameToken ', '')}`,
      `${akskHeader()},${akskHeader()}`,
      akskHeader().replace(/Nonce="\w+", /, ''),
      akskHeader({ app: '' }),
      akskHeader({ nonce: '' }),
      akskHeader({ nonce: 'a-b' }),
      akskHeader({ nonce: 'a'.repeat(129) }),
      akskHeader({}, ''),
      akskHeader({}, digest2026.slice(1)),
      akskHeader({}, `${digest2026.slice(0, -1)}A`),
      akskHeader({ created: '2026-02-30T15:30:20Z' }),
      akskHeader({ created: '2026-01-27T15:30:20' }),
      akskHeader({ created: '2026-01-27 15:30:20' }),
      akskHeader({ created: '' }),
    ]
    for (const header of malformed) expect([header, verify({ 'x-aksk': header })]).toEqual([header, 'malformed'])
  })

  test('may be as old as the window, its time taken as UTC or as Beijing time', () => {
    const at = (offset: number, window = 3600) => verify({ 'x-aksk': akskHeader() }, secrets, signedAt + offset, window)
    // As UTC.
    expect(at(-300_000)).toBe('valid')
    expect(at(-300_001)).toBe('stale')
    expect(at(hour)).toBe('valid')
    expect(at(hour + 1)).toBe('stale')
    // As Beijing time, which is 8 hours earlier.
    expect(at(-8 * hour - 300_001)).toBe('stale')
    expect(at(-8 * hour - 300_000)).toBe('valid')
    expect(at(-7 * hour)).toBe('valid')
    expect(at(-7 * hour + 1)).toBe('stale')
    // The window that six hourly re-pushes need.
    expect(at(6 * hour, 8 * 3600)).toBe('valid')
  })

  test('of a wrong secret does not hear that it is late', () => {
    const header = akskHeader({}, `A${digest2026.slice(1)}`)
    expect(verify({ 'x-aksk': header }, secrets, signedAt + 1000 * hour)).toBe('mismatch')
    expect(verify({ 'x-aksk': akskHeader() }, secrets, signedAt + 1000 * hour)).toBe('stale')
  })
})

describe('the secrets', () => {
  const found = 'Cannot read a secret: found'
  const wantedUrl = 'wanted a URL of at most 96 letters, digits, - : . or /'
  const wrong: readonly [unknown, string][] = [
    [[], `${found} an array of 0, wanted an object with urls and apps`],
    [{}, `${found} an empty object, wanted an object with urls and apps`],
    [{ urls: [url] }, `${found} nothing at apps, wanted an object of one app key or more`],
    [{ apps: { a: ['s'] } }, `${found} nothing at urls, wanted an array of 1 to 20 texts`],
    [{ urls: [], apps: { a: ['s'] } }, `${found} an array of 0 at urls, wanted an array of 1 to 20 texts`],
    [{ urls: [1], apps: { a: ['s'] } }, `${found} a number at urls[0], ${wantedUrl}`],
    [{ urls: [url, 'x'], apps: { a: ['s'] } }, `${found} other text of 1 characters at urls[1], ${wantedUrl}`],
    [{ urls: [url], apps: { a: 's' } }, `${found} text at apps[0], wanted an array of 1 to 2 texts`],
    [{ urls: [url], apps: { a: [] } }, `${found} an array of 0 at apps[0], wanted an array of 1 to 2 texts`],
    [
      { urls: [url], apps: { a: ['s', ''] } },
      `${found} other text of 0 characters at apps[0][1], wanted an app secret`,
    ],
    [{ urls: [url], apps: {} }, `${found} an empty object at apps, wanted an object of one app key or more`],
  ]

  test.each(wrong)('%j are refused without being shown', (value, message) => {
    expect(() => parseAkskSecrets(JSON.stringify(value))).toThrow(new Error(message))
  })

  test('take no URL that the platform does not', () => {
    const of = (text: string) => () => parseAkskSecrets(JSON.stringify({ urls: [text], apps: { a: ['s'] } }))
    expect(of(`https://${'a'.repeat(88)}`)).not.toThrow()
    expect(of(`https://${'a'.repeat(89)}`)).toThrow(wantedUrl)
    expect(of(`http://${'a'.repeat(89)}`)).not.toThrow()
    expect(of(`http://${'a'.repeat(90)}`)).toThrow(wantedUrl)
    for (const character of ['_', '?', '=', '&', '%', '~', ' ', '#', '键'])
      expect(of(`https://a.example.com/status${character}`)).toThrow(wantedUrl)
  })
})
