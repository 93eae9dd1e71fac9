import { readdir, rm } from 'node:fs/promises'
import { parse } from 'node:path'
import { parseArgs } from 'node:util'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { runCommand } from './local/arguments.ts'

const help = `Bundles every function: dist/<name>/ from functions/<name>.ts.

  npm run build
`

/** How all that is deployed is bundled. */
export const bundling: BuildOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  alias: { '@aws-sdk/credential-provider-node': './deploy/credential-provider.ts' },
  minify: true,
  // Node's own modules stay outside.
  platform: 'node',
  // The code runs on Node 20 and newer; the deployed runtime is newer.
  target: 'node20',
  format: 'esm',
  // The AWS clients' module builds come out 30 % smaller than their CommonJS builds.
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
}

/**
 * What this project imports when it is first needed is a file of its own. esbuild's `splitting` would do the same, but it
 * puts all that two files need of one package into what is loaded first: 84 KB for a receiver, not 28.
 */
const apart: Plugin = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace('.ts', '.mjs'), external: true } : undefined,
    ),
}

/**
 * A function becomes a folder that Lambda loads `index.mjs` of: dist/<name>/.
 * @returns what went into each of its files
 */
export const buildFunction = async (name: string, write = true): Promise<Metafile[]> => {
  const metafiles: Metafile[] = []
  const entries = new Map([['index', `functions/${name}.ts`]])
  for (const [file, entry] of entries) {
    const { metafile = { inputs: {}, outputs: {} } } = await build({
      ...bundling,
      entryPoints: { [file]: entry },
      outdir: `dist/${name}`,
      plugins: [apart],
      write,
    })
    metafiles.push(metafile)
    for (const { kind, path, external } of Object.values(metafile.outputs).flatMap(({ imports }) => imports))
      if (kind === 'dynamic-import' && external && path.startsWith('./'))
        entries.set(parse(path).name, `shared/${parse(path).name}.ts`)
  }
  return metafiles
}

const buildAll = async (): Promise<void> => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } })
  if (values.help) return console.log(help)
  await rm('dist', { recursive: true, force: true })
  for (const file of await readdir('functions')) await buildFunction(parse(file).name)
}

if (process.argv[1] === import.meta.filename) runCommand(buildAll)
