import { access, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (name: string) => readFile(new URL(name, root), 'utf8')
const [english, chinese] = await Promise.all([read('README.md'), read('README.zh-CN.md')])

const blocks = (text: string) => [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, kind, block]) => [kind, block])
const links = (text: string) =>
  [...text.matchAll(/(?:\]\(|<(?=http)|src(?:set)?=")([^)\s>"]+)/g)].map(([, link = '']) => link)
const rows = (text: string) =>
  text.split(/^## .*$/m).map((section) => section.split('\n').filter((line) => line.startsWith('|')).length)
/** What is in backquotes, whatever is said around it. */
const terms = (text: string) => {
  const prose = text.replace(/^```.*?^```$/gms, '')
  return [...new Set([...prose.matchAll(/`([^`]+)`/g)].map(([, term]) => term))].sort()
}

describe('the two READMEs', () => {
  test('have the same headings by number and level, the same commands and the same links', () => {
    const levels = (text: string) => [...text.matchAll(/^(#+) /gm)].map(([, level]) => level)
    expect(levels(chinese)).toEqual(levels(english))
    expect(blocks(english).length).toBeGreaterThan(10)
    expect(blocks(chinese)).toEqual(blocks(english))
    const others = (text: string) => links(text).filter((link) => !/^README(\.zh-CN)?\.md$/.test(link))
    expect(others(chinese).sort()).toEqual(others(english).sort())
  })

  test('have the same tables and name the same things', () => {
    expect(rows(chinese)).toEqual(rows(english))
    expect(terms(chinese)).toEqual(terms(english))
  })

  test('have the same numbers in their tables', () => {
    const numbers = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .flatMap((line) => line.match(/\d+(?:\.\d+)?/g) ?? [])
        .sort()
    expect(numbers(chinese)).toEqual(numbers(english))
  })
})

test('what the documents link to in this repository is there', async () => {
  const documents = [
    'README.md',
    'README.zh-CN.md',
    'docs/operating.md',
    'docs/http.md',
    'docs/performance.md',
    'docs/cost-and-capacity.md',
    'docs/call-record.md',
    'docs/decisions/README.md',
    'docs/parameters.md',
    'docs/who-may-post.md',
  ]
  for (const document of documents)
    for (const link of links(await read(document))) {
      if (/^(https?:|#)/.test(link)) continue
      await expect(
        access(new URL(link.replace(/#.*/, ''), new URL(document, root))),
        `${document}: ${link}`,
      ).resolves.toBeUndefined()
    }
})

test('every command that the READMEs name is one of package.json, and all of its commands are named there', async () => {
  const { scripts } = JSON.parse(await read('package.json'))
  const named = (text: string) =>
    [...text.matchAll(/npm (?:run |--silent )*(?:--silent )?([a-z][\w:-]*)/g)].flatMap(([, name = '']) =>
      ['ci', 'install', 'run'].includes(name) ? [] : [name],
    )
  expect(named(english).filter((name) => scripts[name] === undefined)).toEqual([])
  expect(Object.keys(scripts).filter((name) => !named(english).includes(name))).toEqual([])
})
