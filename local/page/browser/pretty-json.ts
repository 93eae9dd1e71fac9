const tokens = /"(?:[^"\\]|\\[\s\S])*"|[[\]{},:]|[^\s[\]{},:"]+/g

/** JSON text with breaks and indents. It is not parsed, so that a long number stays as it was received; no JSON stays as it is. */
export const toPretty = (text: string): string => {
  try {
    JSON.parse(text)
  } catch {
    return text
  }
  const found = text.match(tokens) ?? []
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  return found
    .map((token, n) => {
      const next = found[n + 1]
      if (token === '{' || token === '[') {
        depth++
        return next === '}' || next === ']' ? token : token + line()
      }
      if (token === '}' || token === ']') {
        depth--
        return found[n - 1] === '{' || found[n - 1] === '[' ? token : line() + token
      }
      if (token === ',') return token + line()
      return token === ':' ? ': ' : token
    })
    .join('')
}
