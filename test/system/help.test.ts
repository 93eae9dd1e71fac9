import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
/** The commands that are a program of this project, with its arguments. */
const commands = Object.entries<string>(JSON.parse(text).scripts).flatMap(([name, script]) => {
  const [, command] = /^node --import tsx (\S+\.ts.*)/.exec(script) ?? []
  return command === undefined ? [] : [[name, command.split(' ')] as const]
})

test.each(commands)('npm run %s -- --help tells what it does and how it is called', async (name, command) => {
  const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', ...command, '--help'])
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^[A-Z].+\.\n\n/)
  expect(stdout).toMatch(new RegExp(name === 'start' ? 'npm start' : `npm run (--silent )?${name}`))
})
