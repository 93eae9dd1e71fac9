import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { readFunction } from './functions.ts'
import type { Bundle } from './results.ts'

const run = promisify(execFile)
const root = new URL('../', import.meta.url)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A program that runs in a process of its own. */
export const programFile = (name: 'run-blocks' | 'run-once' | 'mock-aws'): URL =>
  new URL(`dist/processes/${name}.mjs`, import.meta.url)

export const floorFile = (name: 'empty' | 'send-message' | 'update-items'): URL =>
  new URL(`dist/floors/${name}.mjs`, import.meta.url)

export const rivalFile = (name: Rival): URL => new URL(`dist/rivals/${name}.cjs`, import.meta.url)

export const rivals = ['express', 'middy', 'sdk', 'put-then-update', 'transact-write'] as const
export type Rival = (typeof rivals)[number]

/** Installs the rivals' packages, if they are not there yet. */
export const installRivals = async (): Promise<void> => {
  if (!existsSync(here('node_modules'))) await run('npm', ['ci', '--prefix', here('.')], { cwd: root })
}

/**
 * Builds the functions as they are deployed, the rivals as most projects do (one minified CommonJS file, the client in
 * it, esbuild's defaults), and what runs them.
 */
export const buildAll = async (): Promise<Bundle[]> => {
  await run(process.execPath, ['--import', 'tsx', 'build.ts'], { cwd: root })
  await build({
    entryPoints: ['processes', 'floors'].map((folder) => here(`${folder}/*.ts`)),
    outdir: here('dist'),
    outbase: here('.'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
  })
  const { metafile } = await build({
    entryPoints: rivals.map((name) => here(`rivals/${name}.ts`)),
    outdir: here('dist/rivals'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    metafile: true,
  })
  const outputs = Object.entries(metafile.outputs)
  return Promise.all([
    ...['receive-status', 'receive-cdr', 'store-callbacks'].map(async (name) => ({
      variant: name,
      bytes: await sizeOf((await readFunction(name)).file),
    })),
    ...rivals.map(async (name) => {
      const [, output] = outputs.find(([file]) => file.endsWith(`/${name}.cjs`)) ?? []
      return {
        variant: name,
        bytes: await sizeOf(rivalFile(name)),
        packagesBeyondAws: packagesOf(Object.keys(output?.inputs ?? {})),
      }
    }),
  ])
}

/** With the chunks that it imports, each once. */
const sizeOf = async (file: URL, seen: Set<string> = new Set()): Promise<number> => {
  if (seen.has(file.href)) return 0
  seen.add(file.href)
  const text = await readFile(file, 'utf8')
  let { size: bytes } = await stat(file)
  for (const [, chunk = ''] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.\/[^"']+\.mjs)["']/g))
    bytes += await sizeOf(new URL(chunk, file), seen)
  return bytes
}

const packagesOf = (inputs: readonly string[]): number => {
  const names = inputs.flatMap((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [])
  return new Set(names.filter((name) => !/^@(aws-sdk|aws-crypto|aws|smithy)\//.test(name))).size
}
