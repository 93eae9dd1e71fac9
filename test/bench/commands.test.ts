import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = async (command: string, ...args: readonly string[]) => {
  const root = new URL('../..', import.meta.url)
  const options = { cwd: root, env: { PATH: process.env.PATH } }
  return promisify(execFile)(process.execPath, ['--import', 'tsx', `bench/cost/${command}.ts`, ...args], options)
}

test('npm run cost', async () => {
  const { stdout, stderr } = await run('cost')
  expect(stderr).toBe('')
  expect(stdout).toMatch(/\| \*\*sum\*\* +\| +\*\*2\d\.\d\d\*\* \|/)
  const { stdout: json } = await run('cost', '--json', '--calls', '2', '--cdrs', '50', '--events', '0')
  expect(JSON.parse(json)).toMatchObject({
    calls: 2,
    assumed: { cdrs: 50 },
    shapes: [{ name: 'deployed' }, {}, {}, {}, {}],
  })
  expect((await run('cost', '--help')).stdout).toContain('--fill')
  await expect(run('cost', '--fill', '11')).rejects.toMatchObject({
    stderr: 'Cannot start: found --fill 11, wanted a whole number from 1 to 10\n',
  })
})

test('npm run capacity', async () => {
  const { stdout, stderr } = await run('capacity')
  expect(stderr).toBe('')
  expect(stdout).toContain('5 workers keep up with 500 callbacks a second.')
  const { stdout: json } = await run('capacity', '--json', '--rate', '10', '--workers', '7', '--concurrency', '10')
  expect(JSON.parse(json)).toMatchObject({ settings: { workerConcurrency: 7 }, loads: [{ deployed: {} }, {}] })
  expect((await run('capacity', '--help')).stdout).toContain('--calls-per-day')
  await expect(run('capacity', '--workers', '1')).rejects.toMatchObject({
    stderr: 'Cannot start: found --workers 1, wanted a whole number from 2 to 1000\n',
  })
})
