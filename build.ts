import { build } from 'esbuild'

/** Every function as one file that Lambda loads: dist/<name>.mjs. Node's own modules stay outside. */
await build({
  entryPoints: ['functions/*.ts'],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  // The code runs on Node 20 and newer; the deployed runtime is newer.
  target: 'node20',
  format: 'esm',
  // The AWS clients' module builds come out 30 % smaller than their CommonJS builds.
  mainFields: ['module', 'main'],
  // What remains of CommonJS in them asks for Node's modules by `require`.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'warning',
})
