import { type Environment, oneOf, parameterName, wholeNumber } from './environment.ts'
import { openParameters, toParameter } from './parameters.ts'
import { parseTokens } from './path-token.ts'
import type { Signed, Verdict, Verify } from './signature.ts'

/** What a request has to show to get in. */
export interface Access {
  /** The last segments of the path that are open; none where the path has no such segment; absent if not to be had. */
  readonly tokens: readonly string[] | undefined
  readonly policy: 'off' | 'observe' | 'enforce'
  /** Absent where no key is to be had. */
  readonly verify: Verify | undefined
}

/**
 * Reads what the environment names. `observe` without any key has nothing to look at and is `off`.
 * @throws Error naming the variable
 */
export const openAccess = async (
  environment: Environment,
  toVerifier: (secret: string, windowSeconds: number) => Verify,
): Promise<(now: Date) => Promise<Access>> => {
  const windowSeconds = wholeNumber(environment, 'SIGNATURE_WINDOW_SECONDS', 300)
  const wanted = oneOf(environment, 'SIGNATURE_POLICY', ['off', 'observe', 'enforce'])
  const keysName = parameterName(environment, 'SIGNATURE_PARAMETER')
  if (wanted === 'enforce' && keysName === '')
    throw new Error(
      'Cannot start: found SIGNATURE_POLICY enforce and no SIGNATURE_PARAMETER, wanted the name of its keys',
    )
  const policy = wanted === 'observe' && keysName === '' ? 'off' : wanted
  const tokens = toParameter(parameterName(environment, 'TOKENS_PARAMETER'), parseTokens)
  const keys = toParameter(policy === 'off' ? '' : keysName, (secret) => toVerifier(secret, windowSeconds))
  // What can be taken without them is not kept waiting for them.
  const isRequired = tokens.name !== '' || policy === 'enforce'
  const refresh = await openParameters([tokens, keys], isRequired ? 5000 : 1000, isRequired, new Date())
  return async (now) => {
    await refresh(now)
    return { tokens: tokens.name === '' ? [] : tokens.value(), policy, verify: keys.value() }
  }
}

/** @throws Unverified under `enforce`, for whatever is not `valid` */
export const admit = ({ policy, verify }: Access, signed: Signed, now: Date): Verdict => {
  if (policy === 'off') return 'off'
  const verdict = verify?.(signed, now) ?? 'unchecked'
  if (policy === 'enforce' && verdict !== 'valid') throw new Unverified(verdict)
  return verdict
}

/** A callback that the policy keeps out. The message tells no more than who signed it knows already. */
export class Unverified extends Error {
  override readonly name = 'Unverified'
  readonly verdict: Verdict
  readonly code: string

  constructor(verdict: Verdict) {
    const [code, message] = refusals[verdict] ?? refusals.mismatch
    super(`Cannot take the callback: ${message}`)
    this.verdict = verdict
    this.code = code
  }
}

/** An app key that is not known and a wrong secret give one answer; only who has the secret hears of the time. */
const refusals: { readonly [verdict in Verdict]?: readonly [code: string, message: string] } & {
  readonly mismatch: readonly [code: string, message: string]
} = {
  unsigned: ['unsigned', 'found no signature, wanted one as the platform documents it'],
  malformed: ['malformed-signature', 'found a signature of another form, wanted one as the platform documents it'],
  mismatch: ['wrong-signature', 'found a signature that does not match, wanted one made with a known key'],
  ambiguous: ['ambiguous-body', 'found a space, = or , in a member, wanted a body that its signature alone fits'],
  stale: ['stale-signature', 'found a signature of another time, wanted one of now'],
}
