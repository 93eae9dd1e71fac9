import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { toDocuments } from './documents.ts'

const help = `Writes what is generated from contract/ to docs/: the call record's type and JSON Schema, and the routes' OpenAPI.

  npm run contract
`

runCommand(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } })
  if (values.help) return console.log(help)
  for (const [name, text] of await toDocuments()) {
    await writeFile(new URL(`../docs/${name}`, import.meta.url), text)
    console.log(`docs/${name}`)
  }
})
