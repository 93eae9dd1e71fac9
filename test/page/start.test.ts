import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Receiver } from '../../local/receiver.ts'
import { toOverdueCallback } from '../../shared/sweep.ts'
import { forCall, readFixture } from '../shared/messages.ts'
import { start, stop, untilReady } from '../system/process.ts'
import { describeInBrowser, openPage, startBrowser } from './browser.ts'

let browser: Browser
let faults: string[] = []

const launch = async (env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) => {
  const started = start('start', ['--json', ...args], env)
  const urls: Receiver['urls'] = JSON.parse(await untilReady(started))
  return { started, urls }
}

const sendSample = async (page: Page, label: string) => {
  await page.getByRole('button', { name: 'Send a sample call' }).click()
  await page.locator('#samples').getByRole('button', { name: label, exact: true }).click()
}

const rowOf = (page: Page, text: string) => page.locator('#rows .row').filter({ hasText: text })

/** The one row that passes the filter and has that text, once the filter is applied. */
const findRow = async (page: Page, typed: string, text: string) => {
  await page.locator('#filter').fill(typed)
  const row = rowOf(page, text)
  await expect.poll(() => row.count()).toBe(1)
  await expect.poll(() => page.locator('#rows .row').count()).toBe(1)
  return row
}

describeInBrowser('the page of npm start', () => {
  let receiver: Awaited<ReturnType<typeof launch>>
  let pages: Page[] = []

  const open = async (options = {}) => {
    const page = await openPage(browser, receiver.urls.pageUrl, faults, options)
    pages.push(page)
    return page
  }
  const push = async (url: string, body: string) => (await fetch(url, { method: 'POST', body })).status
  const pushFixture = async (name: string, sessionId: string) => {
    for (const message of await readFixture(name))
      expect(await push(receiver.urls.cdrUrl, JSON.stringify(forCall(message, sessionId)))).toBe(200)
  }

  beforeAll(async () => {
    ;[browser, receiver] = await Promise.all([startBrowser(), launch()])
  })
  afterEach(async () => {
    await Promise.all(pages.map((page) => page.context().close()))
    pages = []
    const found = faults
    faults = []
    expect(found).toEqual([])
  })
  afterAll(async () => {
    await browser.close()
    expect(await stop(receiver.started)).toBe(0)
    expect(receiver.started.output.stderr).toBe('')
  })

  test('says what to do while nothing has come, and a sample call becomes a row, a timeline and a record', async () => {
    const page = await open()
    const empty = page.locator('#empty')
    await empty.getByText('No callbacks yet').waitFor()
    expect(await empty.locator('pre').textContent()).toContain(`curl -d @test/fixtures`)
    await empty.getByRole('button', { name: 'Call-back, answered' }).press('Enter')

    const row = rowOf(page, 'call-back')
    await page.locator('#list:focus').waitFor()
    await row.filter({ hasText: 'answered' }).click()
    const detail = page.locator('#detail')
    await detail.getByText('complete').waitFor()
    // Both legs rang and talked; a bar's place and width are percent of the whole.
    expect(await detail.locator('.lane').count()).toBe(2)
    const talk = detail.locator('.lane .talk').first()
    expect(await talk.getAttribute('style')).toMatch(/^left: [\d.]+%; width: [\d.]+%;$/)
    expect(await detail.locator('.lane').first().getAttribute('aria-label')).toMatch(
      /^Leg A, \+86138\*{3}\d{4}: start at .+, answer at .+, end at /,
    )
    expect(await detail.locator('details[data-name^=fact]').count()).toBe(8)
    await detail.getByText('As it now stands').click()
    const record = JSON.parse((await detail.locator('[data-name=record] pre').textContent()) ?? '')
    expect(record).toMatchObject({
      scenario: 'call-back',
      disposition: 'answered',
      revision: 8,
      completeness: 'complete',
    })

    await detail.locator('li .link').last().click()
    await detail.getByText('answered in').waitFor()
    expect(await page.locator('#tab-callbacks').getAttribute('aria-selected')).toBe('true')
    expect(await detail.locator('pre').first().textContent()).toContain('"eventType": "fee"')
  })

  test('shows what is pushed while it is open, and every sample becomes what it says', async () => {
    const page = await open()
    await pushFixture('call-back-cdr-answered', 'pushed-while-open')
    await findRow(page, 'pushed-while-open', '+86138***0021 → +86138***7021')
    // Documented messages are of 2019.
    await rowOf(page, '2019-01-24 ').click()
    await page
      .locator('#detail')
      .getByText(/call-back · ended · 2019-01-2\d \d\d:\d\d:\d\d local time/)
      .waitFor()
    expect(await page.locator('summary').first().textContent()).toMatch(/\d\d:\d\d:\d\d \+/)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')

    const outcomes = {
      'Call-back, B busy': ['call-back', 'busy'],
      'Notification, answered → playback': ['playback', 'answered'],
      'Notification, busy → playback': ['playback', 'busy'],
      'Notification, no answer → playback': ['playback', 'no-answer'],
      'Notification, with digits': ['notification', 'answered'],
      'Verification code → playback': ['playback', 'answered'],
      'PrivateNumber, answered': ['private-number', 'answered'],
      'AICC hang-up': ['notification', 'answered'],
    }
    const count = async () => Number(await page.locator('#tab-calls span').textContent())
    for (const [label, [scenario = '', state = '']] of Object.entries(outcomes)) {
      const before = await count()
      await sendSample(page, label)
      await expect.poll(count).toBe(before + 1)
      const row = page.locator('#rows .row').first()
      await row.filter({ hasText: scenario }).filter({ hasText: state }).locator('.revision:not(.is-partial)').waitFor()
    }
    const playback = 'a notification or a verification code, the CDR does not tell which'
    expect(await rowOf(page, 'playback').first().locator('.scenario').getAttribute('title')).toBe(playback)
    await rowOf(page, 'playback').first().click()
    await page.locator('#detail').getByText(`playback · ${playback}`).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('2')
    await sendSample(page, 'Not JSON (refused)')
    await rowOf(page, '400 not-json').first().waitFor()
  })

  test('filters by words and by state', async () => {
    const page = await open()
    await pushFixture('notification-cdr-busy', 'to-be-filtered')
    await pushFixture('call-back-cdr-answered', 'to-be-filtered-too')
    await page.locator('#filter').fill('to-be-filtered')
    await expect.poll(() => page.locator('#rows .row').count()).toBe(2)
    await page.locator('#chips').getByRole('button', { name: 'busy' }).click()
    await expect.poll(() => page.locator('#rows .row').count()).toBe(1)
    await page.locator('#chips').getByRole('button', { name: 'busy' }).click()
    await page.locator('#filter').fill('ANSWERED to-be-filtered')
    await expect.poll(() => page.locator('#rows .row').count()).toBe(1)
    await page.locator('#filter').fill('no such call')
    await page.getByText('Nothing matches').waitFor()
    const hint = page.getByText('Numbers are masked: show them (n), or filter by the last four digits.')
    expect(await hint.isVisible()).toBe(false)
    await page.locator('#filter').fill('13800000021')
    await hint.waitFor()
    // It is emptied first and left then.
    const focused = () => page.evaluate('document.activeElement.id')
    await page.keyboard.press('Escape')
    await page.locator('#rows .row').first().waitFor()
    expect([await page.locator('#filter').inputValue(), await focused()]).toEqual(['', 'filter'])
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('list')
  })

  test('shows why a record is quarantined, and puts it through again', async () => {
    const page = await open()
    await sendSample(page, 'CDR without a sessionId (quarantined)')
    await page.locator('#tab-waiting.has').click()
    await rowOf(page, 'no-session-id /feeLst/0/sessionId').first().click()
    const detail = page.locator('#detail')
    await detail.getByText('found nothing as sessionId').waitFor()
    const said = page.waitForResponse((response) => response.url().includes('/requeue'))
    await detail.getByRole('button', { name: 'Put it through again' }).click()
    expect((await said).status()).toBe(200)
    // It is still at fault.
    const told = page.locator('#said', { hasText: 'Tried again, and found the same fault: no-session-id' })
    await told.waitFor()
    // It is told where nothing else is.
    const [below, main] = [await told.boundingBox(), await page.locator('main').boundingBox()]
    expect(below?.y).toBeGreaterThanOrEqual((main?.y ?? 0) + (main?.height ?? 0))
    await rowOf(page, 'no-session-id').first().waitFor()
    await detail.getByText(/^Last tried \d\d:\d\d:\d\d\.$/).waitFor()
    await page.keyboard.press('2')
    await page.locator('#chips').getByRole('button', { name: 'quarantined' }).click()
    await rowOf(page, '1 quarantined').first().click()
    await detail.getByText('no-session-id at /feeLst/0/sessionId').waitFor()
  })

  test('shows held callbacks, missing calls and dead letters', async () => {
    const { sqsEndpoint, deadLetterQueueUrl, dynamodbEndpoint, tableName } = receiver.urls
    const client = { region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }
    const sqs = new SQSClient({ ...client, endpoint: sqsEndpoint, useQueueUrlAsEndpoint: false })
    const send = (QueueUrl: string, MessageBody: string, source: string) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody,
          MessageAttributes: { source: { DataType: 'String', StringValue: source } },
        }),
      )
    const event = { eventType: 'callout', statusInfo: { sessionId: 'overdue', called: '+8613800000021' } }
    await send(deadLetterQueueUrl, JSON.stringify(event), 'voice-call')
    const item = {
      id: 'held/aHashOfTheTests0',
      listing: 'held#1',
      listedAt: '2026-01-27T08:00:00.000Z',
      source: 'aicc',
    }
    const Item = Object.fromEntries(Object.entries({ ...item, body: '{}' }).map(([name, S]) => [name, { S }]))
    const dynamodb = new DynamoDBClient({ ...client, endpoint: dynamodbEndpoint })
    await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }))
    expect(await push(receiver.urls.statusUrl, JSON.stringify(event))).toBe(200)

    const page = await open()
    await findRow(page, 'overdue', '+86138***0021')
    const { body, source } = toOverdueCallback('voice-call/overdue', new Date())
    await send(deadLetterQueueUrl.replace('dead-letters', 'callbacks'), body, source)
    await rowOf(page, 'missing').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('3')
    const detail = page.locator('#detail')
    await rowOf(page, 'dead letter').click()
    await detail.getByText('npm run dead-letters -- --restore').waitFor()
    await rowOf(page, 'held').click()
    await detail.getByText('the sweep queues it').waitFor()
    await rowOf(page, 'missing').click()
    await detail.getByText('status-only').waitFor()
    await page.keyboard.press('1')
    const row = await findRow(page, 'overdue', 'status only')
    expect(await row.locator('.revision').getAttribute('aria-label')).toMatch(/^revision 1, status only/)
    await page.locator('#queues', { hasText: 'DeadLetters 1' }).waitFor()
  })

  test('does all with the keyboard alone', async () => {
    const page = await open()
    await pushFixture('call-back-cdr-answered', 'with-keys')
    await pushFixture('notification-cdr-answered', 'with-keys-too')
    const press = (...keys: readonly string[]) =>
      keys.reduce(async (done, key) => {
        await done
        await page.keyboard.press(key)
      }, Promise.resolve())
    await press('/')
    await page.keyboard.type('with-keys')
    await expect.poll(() => page.locator('#rows .row').count()).toBe(2)
    await press('ArrowDown', 'j', 'Enter')
    const detail = page.locator('#detail')
    await detail.getByText('with-keys', { exact: false }).first().waitFor()
    const first = await page.locator('[aria-selected=true].row').getAttribute('aria-label')
    // What is open follows the selection.
    await press('k')
    await expect.poll(() => page.locator('[aria-selected=true].row').getAttribute('aria-label')).not.toBe(first)
    await press('Escape')
    expect(await detail.isHidden()).toBe(true)
    await press('?')
    await page.locator('#help[open]').waitFor()
    await press('Escape', '2')
    await rowOf(page, 'POST /cdr').first().waitFor()
    await press('End', 'Home', 'Enter')
    await detail.getByText('answered in').waitFor()
    const before = Number(await page.locator('#tab-callbacks span').textContent())
    await press('r')
    await expect.poll(async () => Number(await page.locator('#tab-callbacks span').textContent())).toBe(before + 1)
    await press('Escape', 's', 'ArrowDown', 'ArrowUp', 'Enter')
    await page.getByText('Sending: Call-back, answered').waitFor()
    await press('3', '1')
    expect(await page.locator('#tab-calls').getAttribute('aria-selected')).toBe('true')
    // Whoever goes by Tab comes from the filter to the list.
    await page.locator('#filter').focus()
    const visited: unknown[] = []
    for (let n = 0; n < 12 && !visited.includes('list'); n++) {
      await press('Tab')
      visited.push(await page.evaluate('document.activeElement.id'))
    }
    expect(visited).toEqual(expect.arrayContaining(['numbers', 'send', 'ask', 'list']))
  })

  test('replays the very bytes and headers, which changes no call', async () => {
    const page = await open()
    const body = await readFile(new URL('../fixtures/aicc/hangup-answered.json', import.meta.url), 'utf8')
    const headers = { 'Content-Type': 'text/plain', 'X-Seen': 'twice' }
    expect((await fetch(receiver.urls.hangupUrl, { method: 'POST', body, headers })).status).toBe(200)
    await page.keyboard.press('2')
    await (await findRow(page, '1197765398201387012', 'hangup')).click()
    const detail = page.locator('#detail')
    await detail.getByRole('button', { name: 'Replay' }).click()
    await rowOf(page, 'replay of #').click()
    await detail.getByText('as received').click()
    await expect
      .poll(() => detail.locator('[data-name=headers] pre').textContent())
      .toMatch(/text\/plain[\s\S]*X-Seen: twice/i)
    expect(await detail.locator('pre').first().textContent()).toContain('"callSerialNo": "1197765398201387012"')
    await detail.locator('li .link').first().click()
    await detail.getByText('Callbacks that brought them (2)').waitFor()
    await detail.getByText('1.1', { exact: true }).waitFor()
  })

  test('masks numbers until they are asked for, in rows, details and raw JSON', async () => {
    const page = await open()
    await pushFixture('call-back-cdr-answered', 'masked')
    await (await findRow(page, 'masked 0021', '+86138***0021')).click()
    const detail = page.locator('#detail')
    await detail.getByText('As it now stands').click()
    const record = detail.locator('[data-name=record] pre')
    await record.waitFor()
    expect(await page.locator('body').textContent()).not.toMatch(/13800000021|13800007021/)
    await page.keyboard.press('n')
    await rowOf(page, '+8613800000021 → +8613800007021').waitFor()
    await expect.poll(() => record.textContent()).toContain('"calleeNum": "+8613800000021"')
    await page.locator('#filter').fill('13800007021 masked')
    await expect.poll(() => page.locator('#rows .row').count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Mask numbers' }).click()
    await rowOf(page, '+86138***0021').first().waitFor()
    await expect.poll(() => page.locator('body').textContent()).not.toMatch(/13800000021|13800007021/)
  })

  test('shows received markup as text', async () => {
    const page = await open()
    const markup = '<img src=x onerror=alert(1)>'
    const statusInfo = { sessionId: markup, userData: markup, called: markup }
    expect(await push(receiver.urls.statusUrl, JSON.stringify({ eventType: 'callout', statusInfo }))).toBe(200)
    await (await findRow(page, 'onerror', '<img')).click()
    await page.locator('#detail .id', { hasText: markup }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
  })

  test('is light or dark as the system is, and fits a phone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'page-'))
    const grounds: unknown[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ colorScheme })
      await rowOf(page, 'call-back').first().click()
      await page.locator('.timeline').waitFor()
      grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
      expect((await page.screenshot({ path: join(folder, `${colorScheme}.png`) })).length).toBeGreaterThan(10_000)
    }
    expect(grounds[0]).not.toBe(grounds[1])
    await rm(folder, { recursive: true })

    const phone = await open({ viewport: { width: 360, height: 720 }, isMobile: true, hasTouch: true })
    const width = () => phone.evaluate('document.documentElement.scrollWidth')
    await phone.locator('#rows .row').first().waitFor()
    expect(await width()).toBe(360)
    await rowOf(phone, 'call-back').first().tap()
    await phone.locator('.timeline').waitFor()
    expect(await width()).toBe(360)
    await phone.getByRole('button', { name: 'Close' }).tap()
    expect(await phone.locator('#detail').isHidden()).toBe(true)
  })

  test('nothing is wider than the window or its column, with and without a detail', async () => {
    const page = await open()
    await rowOf(page, 'call-back').first().waitFor()
    const tooWide = () =>
      page.evaluate<
        string[]
      >(`[document.documentElement, ...document.querySelectorAll('main, #panel, .row, aside, footer, #tabs')]
        .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.id || one.className || one.localName)`)
    const found: unknown[] = []
    for (const tab of ['1', '2', '3'])
      for (const isOpen of [false, true]) {
        await page.setViewportSize({ width: 1280, height: 800 })
        await page.keyboard.press('Escape')
        await page.keyboard.press(tab)
        if (isOpen) {
          await page.locator('#rows .row').first().click()
          await page.locator('#detail section').first().waitFor()
        }
        for (const width of [320, 360, 480, 720, 721, 768, 900, 1024, 1101, 1280, 1440, 1501, 2000]) {
          await page.setViewportSize({ width, height: 800 })
          for (const one of await tooWide()) found.push(`${tab} ${isOpen} ${width} ${one}`)
          const times = await page.evaluate<number>(
            `Math.max(0, ...[...document.querySelectorAll('#rows .time')].map((one) => one.scrollWidth - one.clientWidth))`,
          )
          // A queue's name and its number stay on one line, and no chip is out of view.
          const broken = await page.evaluate<string[]>(
            `[...document.querySelectorAll('#chips button, #queues span')].filter((one) => {
              const { left, right, height } = one.getBoundingClientRect()
              return left < 0 || right > innerWidth || height > 30
            }).map((one) => one.textContent)`,
          )
          for (const one of broken) found.push(`${tab} ${isOpen} ${width} ${one}`)
          if (times > 0) found.push(`${tab} ${isOpen} ${width} time cut by ${times}`)
        }
      }
    expect(found).toEqual([])
  })
})

describeInBrowser('the page beside secrets and a restart', () => {
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  test('samples are signed and sent with the token, which is shown nowhere', async () => {
    const token = 'aTokenOfTheTests-2026'
    const env = {
      CALLBACK_TOKENS: JSON.stringify([token]),
      AICC_KEYS: '["0123456789abcdef"]',
      VOICE_CALL_SECRETS: '{"urls":["https://callback.example.com/cdr"],"apps":{"exampleAppKey":["exampleAppSecret"]}}',
    }
    const params = ['--param', 'voiceCallSignature=enforce', '--param', 'aiccSignature=enforce']
    const { started, urls } = await launch(env, params)
    const page = await openPage(browser, urls.pageUrl, faults)
    for (const label of ['Notification, busy → playback', 'AICC hang-up']) await sendSample(page, label)
    await rowOf(page, 'busy').waitFor()
    await page.keyboard.press('2')
    await rowOf(page, '/cdr/{token}').filter({ hasText: 'valid' }).waitFor()
    await rowOf(page, '/hangup/{token}').filter({ hasText: 'valid' }).waitFor()
    await fetch(`${urls.cdrUrl}/${token}`, { method: 'PUT', body: '{}' })
    await fetch(`${urls.cdrUrl}/${token}`, { method: 'POST', body: '{}' })
    await rowOf(page, '404').filter({ hasText: 'PUT /cdr/…' }).waitFor()
    await rowOf(page, '401 unsigned').click()
    await page.locator('#detail').getByText('as received').click()
    expect(await page.locator('body').textContent()).not.toContain(token)
    const events = await (await fetch(new URL('local/callbacks/1', urls.pageUrl))).text()
    expect(events).not.toContain(token)
    await page.context().close()
    expect([await stop(started), faults]).toEqual([0, []])
  })

  test('it is told everything again by a receiver that comes back', async () => {
    // A port that is free, and the same one twice.
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
    })
    const first = await launch({ PORT: String(port) })
    const page = await openPage(browser, first.urls.pageUrl, [])
    await sendSample(page, 'AICC hang-up')
    await rowOf(page, 'notification').click()
    await page.locator('.timeline').waitFor()
    await stop(first.started)
    await page.locator('#live.is-lost').waitFor()
    const second = await launch({ PORT: String(port) })
    await page.locator('#live.is-live').waitFor()
    await page.getByText('No callbacks yet').waitFor()
    await page.locator('#detail').getByText('No longer kept').waitFor()
    expect(await page.locator('.timeline').count()).toBe(0)
    await page.keyboard.press('Escape')
    expect(await page.locator('#detail').isHidden()).toBe(true)
    // An empty list takes no focus, and the filter is left all the same.
    await page.keyboard.press('/')
    await page.keyboard.press('Escape')
    expect(await page.evaluate('document.activeElement.id')).not.toBe('filter')
    await page.context().close()
    await stop(second.started)
  })
})
