import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { programFile } from './build.ts'
import { scrubbed } from './child.ts'
import type { Variant } from './variants.ts'

const Answer = v.object({ cpu: v.number(), peak: v.number() })

/** What a process took that did nothing but give one event to a handler, in microseconds and KB. */
export interface Once {
  /** From before the process was started until it had answered. */
  readonly wall: number
  readonly cpu: number
  readonly peak: number
}

/** @throws Error when the process fails */
export const runOnce = async ({ file, flags, env }: Variant, eventFile: string, times: number): Promise<Once> => {
  const args = [...flags, fileURLToPath(programFile('run-once')), fileURLToPath(file), eventFile, String(times)]
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    env: { ...scrubbed(), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const chunks: Buffer[] = []
  let wall = 0
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    wall ||= (performance.now() - began) * 1000
    chunks.push(chunk)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`Cannot measure: found ${fileURLToPath(file)} ended with ${code}, see above`)
  return { wall, ...v.parse(Answer, JSON.parse(Buffer.concat(chunks).toString())) }
}
