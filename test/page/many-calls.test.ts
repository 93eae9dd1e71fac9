import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits } from '../../local/page/feed.ts'
import { splitVoiceCall } from '../../shared/voice-call.ts'
import { forCall, readFixture } from '../shared/messages.ts'
import { describeInBrowser, openPage, startBrowser } from './browser.ts'
import { servePage, toStored } from './serve.ts'

describeInBrowser('a page with more calls than are kept', () => {
  let browser: Browser
  let served: Awaited<ReturnType<typeof servePage>>

  beforeAll(async () => {
    const [cdr = {}] = await readFixture('call-back-cdr-answered')
    const facts = splitVoiceCall(JSON.stringify(forCall(cdr, 'many'))).found.map(({ fact }) => fact)
    served = await servePage([], { readCalls: async (ids) => ids.map((callId) => toStored(callId, facts)) })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await served.stop()
  })

  test('holds few rows, scrolls to the last one, and says how many it has no more', async () => {
    const extra = 250
    for (let n = 1; n <= limits.calls + extra; n++) served.feed.board.touch(`voice-call/many-${n}`)
    const faults: string[] = []
    const page = await openPage(browser, served.url, faults)
    await expect.poll(() => page.locator('#tab-calls span').textContent()).toBe('10,000')
    await page.getByText(`${extra} older calls`).waitFor()

    const rows = page.locator('#rows .row')
    const list = page.locator('#list')
    expect(await list.getAttribute('aria-rowcount')).toBe('10000')
    expect(await rows.count()).toBeLessThan(60)
    expect(await rows.first().locator('.parties').getAttribute('title')).toContain(`many-${limits.calls + extra}`)
    for (const share of [0.1, 0.5, 0.9]) {
      await list.evaluate(
        `document.querySelector('#list').scrollTop = ${share} * document.querySelector('#list').scrollHeight`,
      )
      const index = Math.round(share * limits.calls)
      await page.locator(`[aria-rowindex="${index}"]`).waitFor()
      expect(await rows.count()).toBeLessThan(60)
    }
    await page.keyboard.press('End')
    await page.locator('[aria-rowindex="10000"][aria-selected=true]').waitFor()
    expect(await rows.last().locator('.parties').getAttribute('title')).toContain(`many-${extra + 1}`)
    expect(await rows.count()).toBeLessThan(60)

    // What is read stays in its place while another call comes in above it.
    const last = await rows.last().boundingBox()
    served.feed.board.touch('voice-call/one-more')
    await page.getByText(`${extra + 1} older calls`).waitFor()
    await page.keyboard.press('Home')
    await rows.first().locator('.parties[title*=one-more]').waitFor()
    expect(last?.y).toBeGreaterThan(0)
    expect(faults).toEqual([])
  })
})
