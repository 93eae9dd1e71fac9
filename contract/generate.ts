import { writeFile } from 'node:fs/promises'
import { toDocuments } from './documents.ts'

/** `npm run contract`: writes what is generated into docs/. */
for (const [name, text] of await toDocuments()) await writeFile(new URL(`../docs/${name}`, import.meta.url), text)
