import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createParameterStore } from '../../local/embedded-parameters.ts'
import { type Access, admit, openAccess, Unverified } from '../../shared/access.ts'
import { type Verdict, verdicts } from '../../shared/signature.ts'

const token = '0123456789abcdef'
let store: Server

beforeAll(async () => {
  store = createParameterStore(
    new Map([
      ['/tokens', JSON.stringify([token])],
      ['/keys', 'secret'],
    ]),
  ).listen(0, '127.0.0.1')
  await once(store, 'listening')
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', `http://127.0.0.1:${(store.address() as AddressInfo).port}`)
  for (const name of ['REGION', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY']) vi.stubEnv(`AWS_${name}`, 'x')
})
afterAll(() => {
  store.closeAllConnections()
  store.close()
  vi.unstubAllEnvs()
})

const now = new Date()
const verify = vi.fn(() => 'valid' as const)
const toVerifier = vi.fn((_secret: string, _windowSeconds: number) => verify)
const environment = { SIGNATURE_POLICY: 'observe', SIGNATURE_WINDOW_SECONDS: '300' }
const open = async (settings: { readonly [name: string]: string }) =>
  (await openAccess({ ...environment, ...settings }, toVerifier))(now)

describe('what a request has to show', () => {
  test('is nothing where nothing is named, and observing without a key is off', async () => {
    expect(await open({})).toEqual({ tokens: [], policy: 'off', verify: undefined })
    expect(await open({ SIGNATURE_POLICY: 'off', SIGNATURE_PARAMETER: '/keys' })).toEqual({
      tokens: [],
      policy: 'off',
      verify: undefined,
    })
    expect(toVerifier).not.toHaveBeenCalled()
  })

  test('is what the parameters say', async () => {
    expect(await open({ TOKENS_PARAMETER: '/tokens', SIGNATURE_PARAMETER: '/keys' })).toEqual({
      tokens: [token],
      policy: 'observe',
      verify,
    })
    expect(toVerifier.mock.calls).toEqual([['secret', 300]])
  })

  test('is not known where they cannot be had, under every policy', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    for (const policy of ['observe', 'enforce'])
      expect(await open({ SIGNATURE_POLICY: policy, TOKENS_PARAMETER: '/no', SIGNATURE_PARAMETER: '/none' })).toEqual({
        tokens: undefined,
        policy,
        verify: undefined,
      })
    log.mockRestore()
  })

  test('needs keys to enforce, and names of parameters', async () => {
    await expect(open({ SIGNATURE_POLICY: 'enforce' })).rejects.toThrow(
      'Cannot start: found SIGNATURE_POLICY enforce and no SIGNATURE_PARAMETER, wanted the name of its keys',
    )
    for (const name of ['TOKENS_PARAMETER', 'SIGNATURE_PARAMETER'])
      for (const value of ['tokens', '/', '/a b', '/a"'])
        await expect(open({ [name]: value })).rejects.toThrow(
          `found "${value}" as environment variable ${name}, wanted the name of an SSM parameter, beginning with /`,
        )
  })

  test('needs a policy and a window', async () => {
    await expect(open({ SIGNATURE_POLICY: 'on' })).rejects.toThrow(
      'found "on" as environment variable SIGNATURE_POLICY, wanted one of off, observe, enforce',
    )
    await expect(open({ SIGNATURE_WINDOW_SECONDS: '299' })).rejects.toThrow('a whole number of at least 300')
  })
})

describe('admit', () => {
  const access = (policy: Access['policy'], verdict?: Verdict): Access => ({
    tokens: [],
    policy,
    verify: verdict && (() => verdict),
  })

  test('takes all under off and observe, and tells what it found', () => {
    for (const verdict of verdicts) {
      expect(admit(access('off', verdict), {}, now)).toBe('off')
      expect(admit(access('observe', verdict), {}, now)).toBe(verdict)
    }
    expect(admit(access('observe'), {}, now)).toBe('unchecked')
  })

  test('takes what is valid alone under enforce', () => {
    expect(admit(access('enforce', 'valid'), {}, now)).toBe('valid')
    const codes = verdicts
      .filter((verdict) => verdict !== 'valid')
      .map((verdict) => {
        try {
          return admit(access('enforce', verdict), {}, now)
        } catch (error) {
          return error instanceof Unverified && `${error.verdict}: ${error.code}: ${error.message.slice(26)}`
        }
      })
    const wrong = 'wrong-signature: found a signature that does not match, wanted one made with a known key'
    expect(codes).toEqual([
      `off: ${wrong}`,
      `unchecked: ${wrong}`,
      'unsigned: unsigned: found no signature, wanted one as the platform documents it',
      'malformed: malformed-signature: found a signature of another form, wanted one as the platform documents it',
      // Who guesses app keys learns nothing.
      `unknown-key: ${wrong}`,
      `mismatch: ${wrong}`,
      'ambiguous: ambiguous-body: found a space, = or , in a member, wanted a body that its signature alone fits',
      'stale: stale-signature: found a signature of another time, wanted one of now',
    ])
  })

  test('gives the part that is signed and the time to the verifier', () => {
    admit({ tokens: [], policy: 'observe', verify }, { a: '1' }, now)
    expect(verify).toHaveBeenLastCalledWith({ a: '1' }, now)
  })
})
