import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const css = await readFile(new URL('../../local/page/browser/page.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => block)

const toColours = (block: string): Record<string, string> =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#\w+);/g)].map(([, name, colour]) => [name, colour]))

/** WCAG 2.2, relative luminance. */
const luminance = (colour = ''): number => {
  const full = colour.length === 4 ? colour.replace(/\w/g, '$&$&') : colour
  const parts = [1, 3, 5].map((at) => Number.parseInt(full.slice(at, at + 2), 16) / 255)
  const [r = 0, g = 0, b = 0] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const contrast = (a: string | undefined, b: string | undefined): number => {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((m, n) => n - m)
  return (lighter + 0.05) / (darker + 0.05)
}

test('every text has a contrast of 4.5 at least to every ground that it stands on, in light and in dark', () => {
  const inks = ['ink', 'soft', 'good', 'wait', 'bad', 'odd', 'cool']
  const grounds = ['ground', 'panel', 'raised', 'chosen']
  const pairs = [
    ...inks.flatMap((ink) => grounds.map((ground) => [ink, ground])),
    ['on-ring', 'bar-ring'],
    ['on-talk', 'bar-talk'],
    ['panel', 'ink'],
    ['panel', 'odd'],
  ]
  for (const [name, colours] of Object.entries({
    light: toColours(light),
    dark: { ...toColours(light), ...toColours(dark) },
  }))
    for (const [ink = '', ground = ''] of pairs)
      expect(`${name} ${ink} on ${ground}: ${contrast(colours[ink], colours[ground]) >= 4.5}`).toMatch(/true$/)
})
