import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { programFile } from './build.ts'
import { startChild } from './child.ts'
import type { Quartiles } from './statistics.ts'

/** A mock of one of AWS's services in a process of its own. */
export interface MockService {
  readonly endpoint: string
  /** Keeps the requests that come until `recorded` asks for them. */
  readonly record: () => Promise<void>
  readonly recorded: () => Promise<readonly unknown[]>
  /** In milliseconds, from the end of a request to its answer. */
  readonly delays: () => Promise<Quartiles>
  readonly stop: () => Promise<void>
}

const Delays = v.object({ lower: v.number(), median: v.number(), upper: v.number() })

/** @param delay in milliseconds, before each answer */
export const startMock = async (
  service: 'queue' | 'table' | 'full-table' | 'topic',
  delay: number,
): Promise<MockService> => {
  const { ready, ask, stop } = await startChild(programFile('mock-aws'), [service, String(delay)], {
    flags: [],
    env: {},
  })
  const { port } = v.parse(v.object({ port: v.number() }), ready)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    record: async () => {
      await ask({ ask: 'record' })
    },
    recorded: async () => v.parse(v.array(v.unknown()), await ask({ ask: 'recorded' })),
    delays: async () => v.parse(Delays, await ask({ ask: 'delays' })),
    stop,
  }
}

/** Writes what a process of its own is to read. @returns the file's path */
export const writeForChild = async (name: string, value: unknown): Promise<string> => {
  const folder = new URL('dist/inputs/', import.meta.url)
  await mkdir(folder, { recursive: true })
  const file = new URL(name, folder)
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  return fileURLToPath(file)
}
