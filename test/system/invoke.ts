import { readFile } from 'node:fs/promises'

// Runs one function as Lambda does, each event of a file in turn, in a process of its own: what it prints is its log.
const [, , name, file = ''] = process.argv
const { handler } = await import(`../../functions/${name}.ts`)
for (const event of JSON.parse(await readFile(file, 'utf8')))
  try {
    await handler(event, {})
  } catch (error) {
    console.error(error)
  }
