import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** The servers that the tests are run against, unless a test names its own. */
const judges = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^AWS_ENDPOINT_URL_(DYNAMODB|SQS|SNS)$/.test(name)),
)

/**
 * Runs one of the project's commands in a process of its own, with nothing of this one's environment but the path and
 * the endpoints of DynamoDB, SQS and SNS that are set.
 */
export const start = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const namesServers = Object.keys(env).some((name) => name.startsWith('AWS_ENDPOINT_URL_'))
  const child = spawn(process.execPath, ['--import', 'tsx', `local/${file}.ts`, ...args], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH: process.env.PATH, PORT: '0', TZ: 'Asia/Shanghai', ...(namesServers ? {} : judges), ...env },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text
  })
  return { process: child, output }
}

export const untilReady = async (
  started: ReturnType<typeof start>,
  isReady = (text: string) => text.includes('\n'),
): Promise<string> => {
  while (!isReady(started.output.stdout)) {
    if (started.process.exitCode !== null) throw new Error(`ended with ${started.output.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return started.output.stdout
}

/** @returns the exit code */
export const untilExit = async (started: { process: ChildProcess }): Promise<number | null> => {
  if (started.process.exitCode === null) await once(started.process, 'close')
  return started.process.exitCode
}

export const stop = (started: { process: ChildProcess }, signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> => {
  const exit = untilExit(started)
  started.process.kill(signal)
  return exit
}
