import { expect, test } from 'vitest'
import { isPathOpen, parseTokens } from '../../shared/path-token.ts'

const [current, previous] = ['0123456789abcdef', 'ABCDEFGHIJKLMNOPQRSTUVWX-1']

test('a path is open to its tokens and to nothing else', () => {
  for (const token of [current, previous]) expect(isPathOpen(token, [current, previous])).toBe(true)
  for (const token of [undefined, '', 'x', current.slice(1), `${current} `, current.toUpperCase()])
    expect(isPathOpen(token, [current, previous])).toBe(false)
})

test('without tokens only the path without one is open', () => {
  expect(isPathOpen(undefined, [])).toBe(true)
  for (const token of ['', 'x', current]) expect(isPathOpen(token, [])).toBe(false)
})

test('tokens are what both platforms take in a URL, and short enough for it', () => {
  const wanted = 'wanted 16 to 26 letters, digits or -'
  expect(parseTokens(JSON.stringify([current]))).toEqual([current])
  expect(parseTokens(JSON.stringify([current, previous]))).toEqual([current, previous])
  for (const token of ['0123456789abcde', 'a'.repeat(27), '0123456789abcde_', '0123456789abcde/', '0123456789abcde.'])
    expect(() => parseTokens(JSON.stringify([token]))).toThrow(wanted)
  for (const tokens of ['[]', '"0123456789abcdef"', '{}', '["a","b","c"]'])
    expect(() => parseTokens(tokens)).toThrow('wanted an array of 1 to 2 texts')
})
