import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { start, stop, untilExit, untilReady } from './process.ts'

/** The figures of the table that a simulation prints. */
const figures = (printed: string): { readonly [name: string]: number } =>
  Object.fromEntries([...printed.matchAll(/^ {2}(\S.*?) {2,}(\d+)/gm)].map(([, name, value]) => [name, Number(value)]))

describe('npm run simulate', () => {
  let receiver: ReturnType<typeof start>
  let urls: { statusUrl: string; sqsEndpoint: string; callRecordsQueueUrl: string }
  let PORT: string

  beforeAll(async () => {
    // Servers that are slower than AWS are no reason to hold callbacks, which would be told on stderr.
    receiver = start('start', ['--json', '--param', 'answerBudgetMs=20000'])
    urls = JSON.parse(await untilReady(receiver))
    PORT = new URL(urls.statusUrl).port
  })
  afterAll(async () => {
    expect(await stop(receiver)).toBe(0)
    expect(receiver.output.stderr).toBe('')
  })

  test('finds every record right with every trouble, from the port alone', async () => {
    const troubles = ['--out-of-order', '0.3', '--late', '0.3', '--lost-answer', '0.15', '--odd', '0.5']
    const simulation = start('simulate', ['--calls', '150', '--seed', '11', '--hour', '200', ...troubles], { PORT })
    expect([await untilExit(simulation), simulation.output.stderr]).toEqual([0, ''])
    const found = figures(simulation.output.stdout)
    expect(found).toMatchObject({
      calls: 150,
      wrong: 0,
      missing: 0,
      'status events not taken': 0,
      'CDR messages not taken': 0,
    })
    expect(found['re-pushes among them']).toBeGreaterThan(0)
    expect(found['call records']).toBeGreaterThan(150)
    expect(found['call records']).toBe((found.revisions ?? 0) + (found['duplicates by id'] ?? 0))
  })

  test('the same seed again gives the same calls under other ids', async () => {
    const once_ = start('simulate', ['--calls', '20', '--seed', '12', '--hour', '10'], { PORT })
    expect(await untilExit(once_)).toBe(0)
    const again = start('simulate', ['--calls', '20', '--seed', '12', '--hour', '10'], { PORT })
    expect(await untilExit(again)).toBe(0)
    const found = figures(again.output.stdout)
    expect(found).toMatchObject({ calls: 20, wrong: 0, missing: 0 })
    // A queue keeps no order: a CDR that overtakes a status event makes one revision more.
    expect(found.revisions).toBeGreaterThanOrEqual(20)
    expect(found['callbacks pushed']).toBe(figures(once_.output.stdout)['callbacks pushed'])
  })

  test('a receiver that loses, delays or bends what it gets does not pass', async () => {
    // It passes on one CDR in two, with its codes changed.
    let pushes = 0
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      if (request.url === '/local') {
        const base = `http://${request.headers.host}`
        response.end(JSON.stringify({ ...urls, statusUrl: `${base}/status`, cdrUrl: `${base}/cdr` }))
        return
      }
      const isCdr = request.url === '/cdr'
      if (!isCdr || pushes++ % 2 === 0) {
        const bent = body
          .replaceAll('"ulFailReason":0', '"ulFailReason":516')
          .replaceAll('"spId":"simulated"', '"spId":"bent"')
        await fetch(new URL(request.url ?? '/', urls.statusUrl), { method: 'POST', body: bent })
      }
      response.end('{"resultcode":"0"}')
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const address = proxy.address()
    const simulation = start('simulate', ['--calls', '20', '--seed', '13', '--hour', '10', '--patience', '2'], {
      PORT: String(typeof address === 'object' && address?.port),
    })
    expect(await untilExit(simulation)).toBe(1)
    proxy.close()
    const { wrong = 0, missing = 0 } = figures(simulation.output.stdout)
    expect(wrong).toBeGreaterThan(0)
    expect(missing).toBeGreaterThan(0)
    expect(simulation.output.stdout).toMatch(/cdr\.spId: expected "simulated", found "bent"/)
    expect(simulation.output.stdout).toMatch(/missing: voice-call\//)
  })

  test('drives another receiver by its URLs', async () => {
    const env = {
      AWS_ENDPOINT_URL_SQS: urls.sqsEndpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    }
    const base = urls.statusUrl.replace('/status', '/')
    const simulation = start(
      'simulate',
      ['--calls', '10', '--seed', '14', '--hour', '10', '--url', base, '--queue-url', urls.callRecordsQueueUrl],
      env,
    )
    expect(await untilExit(simulation)).toBe(0)
  })

  test('finds every record right while requests fail and servers are out for seconds', async () => {
    const troubles = ['--odd', '0.3', '--late', '0.2', '--lost-answer', '0.1', '--hour', '3000']
    const simulation = start('simulate', ['--faults', '--calls', '120', '--seed', '15', ...troubles])
    expect([await untilExit(simulation), simulation.output.stderr]).toEqual([0, ''])
    expect(figures(simulation.output.stdout)).toMatchObject({ calls: 120, wrong: 0, missing: 0 })
    const [, faults = ''] = /requests that failed: (.*)/.exec(simulation.output.stdout) ?? []
    for (const kind of ['delayed', 'dropped', 'failed', 'out', 'reply lost', 'throttled'])
      expect(faults).toMatch(new RegExp(`[1-9]\\d* ${kind}`))
  })

  test('tells at once what a receiver lacks that takes nothing', async () => {
    const silent = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address?.port}`
    const simulation = start('simulate', ['--url', url, '--queue-url', 'https://sqs.eu-west-1.amazonaws.com/1/x'])
    expect([await untilExit(simulation), simulation.output.stderr]).toEqual([
      1,
      expect.stringContaining('found answer 404, wanted the path that callbacks are taken at: set CALLBACK_TOKENS'),
    ])
    silent.close()
  })

  test('says what is wrong with how it was called', async () => {
    const cases: readonly [readonly string[], string][] = [
      [['--calls', '0'], 'Cannot start: found --calls 0, wanted a whole number from 1 to 999999999'],
      [['--odd', '2'], 'Cannot start: found --odd 2, wanted a share from 0 to 1'],
      [
        ['--url', 'foo', '--queue-url', 'x'],
        'Cannot simulate: found --url foo, wanted one such as https://example.com',
      ],
      [['--url', 'http://127.0.0.1:1'], 'Cannot simulate: found one of --url and --queue-url, wanted both or none'],
      [[], 'Cannot simulate: found no receiver at http://127.0.0.1:1, wanted one: run npm start, or set PORT'],
    ]
    for (const [args, message] of cases) {
      const simulation = start('simulate', args, { PORT: '1' })
      expect([await untilExit(simulation), simulation.output.stderr.trim()]).toEqual([1, message])
    }
    const help = start('simulate', ['--help'])
    expect([await untilExit(help), help.output.stdout]).toEqual([0, expect.stringContaining('--lost-answer')])
  })
})

test('npm run demo plays the documented messages and every trouble, and ends well', async () => {
  const demo = start('demo', [])
  expect([await untilExit(demo), demo.output.stderr]).toEqual([0, ''])
  expect(demo.output.stdout.match(/✓/g)).toHaveLength(5)
  expect(demo.output.stdout).not.toContain('✗')
  expect(figures(demo.output.stdout)).toMatchObject({ calls: 200, wrong: 0, missing: 0 })
})
