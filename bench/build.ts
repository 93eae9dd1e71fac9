import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build, type Metafile } from 'esbuild'
import { buildFunction, bundling } from '../build.ts'
import type { Bundle } from './results.ts'

const run = promisify(execFile)
const root = new URL('../', import.meta.url)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A program that runs in a process of its own. */
export const programFile = (name: 'run-blocks' | 'run-once' | 'mock-aws'): URL =>
  new URL(`dist/processes/${name}.mjs`, import.meta.url)

export const floorFile = (name: 'empty' | 'send-message' | 'update-items' | 'clients-alone'): URL =>
  new URL(`dist/floors/${name}.mjs`, import.meta.url)

export const rivalFile = (name: Rival): URL => new URL(`dist/rivals/${name}.cjs`, import.meta.url)

export const rivals = ['express', 'middy', 'sdk', 'put-then-update', 'transact-write'] as const
export type Rival = (typeof rivals)[number]

/** Installs the rivals' packages, if they are not there yet. */
export const installRivals = async (): Promise<void> => {
  if (!existsSync(here('node_modules'))) await run('npm', ['ci', '--prefix', here('.')], { cwd: root })
}

/**
 * Builds the functions as they are deployed, with the repository's root as the working directory, the rivals as most projects do (one minified CommonJS file, the client in
 * it, esbuild's defaults), and what runs them.
 */
export const buildAll = async (): Promise<Bundle[]> => {
  const ours: Bundle[] = []
  for (const name of ['receive-status', 'receive-cdr', 'store-callbacks'])
    ours.push(toBundle(name, await buildFunction(name)))
  await build({
    entryPoints: ['processes', 'floors'].map((folder) => here(`${folder}/*.ts`)),
    outdir: here('dist'),
    outbase: here('.'),
    ...bundling,
    minify: false,
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
  const theirs = rivals.map((name) => {
    const outputs = Object.entries(metafile.outputs).filter(([file]) => file.endsWith(`/${name}.cjs`))
    return toBundle(name, [{ outputs: Object.fromEntries(outputs) }])
  })
  return [...ours, ...theirs]
}

/** @param files what went into each file of a bundle, the one that is loaded at the start first */
const toBundle = (variant: string, files: readonly Pick<Metafile, 'outputs'>[]): Bundle => {
  const outputs = files.flatMap((file) => Object.values(file.outputs))
  return {
    variant,
    startBytes: outputs[0]?.bytes ?? 0,
    bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0),
    packagesBeyondAws: packagesOf(
      outputs.flatMap(({ inputs }) => Object.keys(inputs).filter((file) => inputs[file]?.bytesInOutput)),
    ),
  }
}

const packagesOf = (inputs: readonly string[]): number => {
  const names = inputs.flatMap((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [])
  return new Set(names.filter((name) => !/^@(aws-sdk|aws-crypto|aws|smithy)\//.test(name))).size
}
