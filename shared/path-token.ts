import { parseSecret, readTexts } from './secret.ts'
import { isAmong } from './signature.ts'

// A secret as the last segment of the path, `POST /status/{token}`: the only proof that a platform which signs nothing
// can give.
//
// Voice Call takes a URL of 96 bytes in letters, digits and `- : . /`; AICC takes more characters, but neither takes `=`,
// so a query is no place for a secret. The longest address of an HTTP API is `https://`, 10 characters,
// `.execute-api.cn-northwest-1.amazonaws.com.cn` and `/status/`: 70 bytes, which leaves 26 for the token. 22 random
// letters and digits are 131 bits.

const wanted = '16 to 26 letters, digits or -'

/** `["<token>"]`, or two of them while one takes the other's place. @throws Error */
export const parseTokens = (secret: string): readonly string[] =>
  readTexts(parseSecret(secret), '', 2, /^[A-Za-z0-9-]{16,26}$/, wanted)

/** Where tokens are wanted, nothing else gets in; where none is, there are no such paths. */
export const isPathOpen = (token: string | undefined, tokens: readonly string[]): boolean =>
  tokens.length === 0 ? token === undefined : isAmong(token ?? '', tokens)
