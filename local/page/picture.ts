import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { runCommand } from '../arguments.ts'
import { startReceiver } from '../receiver.ts'
import { findChromium, noChromium, startChromium } from './chromium.ts'
import { toPalettePng } from './palette-png.ts'

const help = `Takes the pictures of the page that the README shows, of a run of its own: docs/page-light.png and docs/page-dark.png.

  npm run picture

  CHROMIUM_PATH  the browser, where it is not chromium, chromium-browser or google-chrome of PATH
`

/** In the order in which they come, so that a call of two legs is the last and the first in the list. */
const order = [
  'call-back-b-busy',
  'notification-played',
  'notification-no-answer',
  'verification-played',
  'aicc-hangup',
  'refused',
  'notification-busy',
  'quarantined',
  'private-number-answered',
  'notification-keys-pressed',
  'call-back-b-busy',
  'notification-played',
  'notification-no-answer',
  'call-back-answered',
]

/** More is slow to load in a README. */
const maxBytes = 300_000

const take = async (page: Page, url: string, file: string): Promise<void> => {
  await page.goto(url)
  const row = page.locator('#rows .row').first()
  await row.filter({ hasText: 'call-back' }).filter({ hasText: 'answered' }).click()
  await page.locator('.timeline .talk').nth(1).waitFor()
  // Queues are read anew every two seconds.
  await page.locator('#tab-waiting.has').waitFor()
  const picture = toPalettePng(await page.screenshot())
  if (picture.length > maxBytes)
    throw new Error(`Cannot keep ${file}: found ${picture.length} bytes, wanted at most ${maxBytes}`)
  await writeFile(file, picture)
  console.log(`${file}: ${picture.length} bytes`)
}

runCommand(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } })
  if (values.help) return console.log(help)
  const path = findChromium(process.env)
  if (path === undefined) throw new Error(`Cannot take a picture: ${noChromium}`)
  // Servers of its own, whatever the environment names.
  for (const service of ['DYNAMODB', 'SQS', 'SNS']) delete process.env[`AWS_ENDPOINT_URL_${service}`]
  const receiver = await startReceiver(process.env, 0, {})
  const browser = await startChromium(path)
  try {
    const { pageUrl } = receiver.urls
    for (const name of order) {
      const answer = await fetch(new URL(`local/samples/${name}`, pageUrl), { method: 'POST' })
      if (!answer.ok) throw new Error(`Cannot take a picture: found answer ${answer.status} to ${name}, wanted 202`)
      await sleep(700)
    }
    // The last one's callbacks come one after the other.
    await sleep(3000)
    const docs = fileURLToPath(new URL('../../docs/', import.meta.url))
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 1280, height: 800 },
        deviceScaleFactor: 2,
      })
      await take(await context.newPage(), pageUrl, `${docs}page-${colorScheme}.png`)
      await context.close()
    }
  } finally {
    await browser.close()
    await receiver.stop()
  }
})
