import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that answers each message with one message. */
export interface Child {
  /** What it said when it was ready. */
  readonly ready: unknown
  readonly ask: (message: object) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/**
 * Starts a built program with nothing of this process's environment but the path, and none of its options. What it prints
 * is thrown away, as a log would take it without waiting; its errors are shown.
 * @throws Error when it ends by itself
 */
export const startChild = async (
  program: URL,
  args: readonly string[],
  { flags, env }: { readonly flags: readonly string[]; readonly env: { readonly [name: string]: string } },
): Promise<Child> => {
  const child = fork(fileURLToPath(program), args, {
    env: { ...scrubbed(), ...env },
    execArgv: [...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = await nextMessage(child, program)
  return {
    ready,
    ask: (message) => {
      const answer = nextMessage(child, program)
      if (child.connected) child.send(message)
      return answer
    },
    stop: async () => {
      if (!child.connected) return
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}

export const scrubbed = () => ({ PATH: process.env.PATH ?? '', NODE_OPTIONS: '' })

const nextMessage = (child: ChildProcess, program: URL) =>
  new Promise<unknown>((resolve, reject) => {
    const ended = (code: number | null) =>
      reject(new Error(`Cannot measure: found ${program.pathname.split('/').at(-1)} ended with ${code}, see above`))
    if (child.exitCode !== null) return ended(child.exitCode)
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
