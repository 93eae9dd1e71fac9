import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** All that a browser loads, by its path. */
export type PageFiles = ReadonlyMap<string, { readonly type: string; readonly text: string }>

const browser = new URL('browser/', import.meta.url)

/** Bundles the page. It takes a moment, so it is done once, and not by those who have no use for it. */
export const bundlePage = async (): Promise<PageFiles> => {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: ['page.ts', 'page.css'].map((file) => fileURLToPath(new URL(file, browser))),
    outdir: 'local',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'silent',
  })
  const html = await readFile(new URL('index.html', browser), 'utf8')
  return new Map([
    ['/', { type: 'text/html;charset=utf-8', text: html.replaceAll(/\n\s*/g, '\n') }],
    ...outputFiles.map(({ path, text }): [string, { type: string; text: string }] => {
      const isScript = path.endsWith('.js')
      const type = `text/${isScript ? 'javascript' : 'css'};charset=utf-8`
      return [`/local/page.${isScript ? 'js' : 'css'}`, { type, text }]
    }),
  ])
}
