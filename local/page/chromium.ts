import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** The browser of CHROMIUM_PATH, else one of the system's; none is downloaded. */
export const findChromium = (env: NodeJS.ProcessEnv): string | undefined => {
  const folders = (env.PATH ?? '').split(delimiter)
  const candidates = env.CHROMIUM_PATH
    ? [env.CHROMIUM_PATH]
    : names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export const noChromium = `found no Chromium, wanted one: apt-get install chromium, or set CHROMIUM_PATH`

/** Without a sandbox, as containers have none to give; it opens nothing but this project's own page. */
export const startChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
