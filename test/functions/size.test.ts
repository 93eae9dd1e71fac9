import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('each function is one flat file of under 40 lines', async () => {
  const folder = new URL('../../functions/', import.meta.url)
  const entries = await readdir(folder, { withFileTypes: true })
  expect(entries.filter((entry) => !entry.isFile())).toEqual([])
  for (const { name } of entries) {
    const lines = (await readFile(new URL(name, folder), 'utf8')).trimEnd().split('\n')
    expect(lines.length, name).toBeLessThan(40)
  }
})
