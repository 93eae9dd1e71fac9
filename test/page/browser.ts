import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { describe } from 'vitest'
import { findChromium, noChromium, startChromium } from '../../local/page/chromium.ts'

const path = findChromium(process.env)

if (path === undefined) {
  if (process.env.CI === 'true') throw new Error(`Cannot test the page: ${noChromium}`)
  console.warn(`The tests of the page in a browser are skipped: ${noChromium}`)
}

/** Where there is a browser. */
export const describeInBrowser = describe.skipIf(path === undefined)

export const startBrowser = (): Promise<Browser> => startChromium(path ?? '')

/** Opens a page and notes all that should not be: errors, lines in its console and requests that failed. */
export const openPage = async (
  browser: Browser,
  url: string,
  faults: string[],
  options: BrowserContextOptions = {},
): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (line) => faults.push(`console: ${line.type()} ${line.text()}`))
  page.on('requestfailed', (request) => {
    // A page that is left ends its stream.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`answer ${response.status()}: ${response.url()}`)
  })
  await page.goto(url)
  await page.locator('#live.is-live').waitFor()
  return page
}
