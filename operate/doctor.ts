import { connect, type TLSSocket } from 'node:tls'
import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { parseTokens } from '../shared/path-token.ts'
import { findCallbackUrls, problemsOf, urlHelp, withToken } from './callback-urls.ts'
import { deploymentHelp, deploymentOptions } from './deployment.ts'

const help = `Checks from outside that a deployment answers as the platforms need it.

  npm run doctor -- [options]

${deploymentHelp}${urlHelp}
  CALLBACK_TOKENS      ["<token>"], where the deployment has them

It pushes a message of Voice Call that holds no CDR, and bodies that are no callbacks: nothing is stored. What npm start serves has
no HTTPS, which counts as a finding: ask for it through its tunnel, with --url.
`

interface Finding {
  readonly isGood: boolean
  readonly text: string
}
const good = (text: string): Finding => ({ isGood: true, text })
const bad = (text: string): Finding => ({ isGood: false, text })

const post = async (url: string, body: string) => {
  const began = performance.now()
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json;charset=UTF-8' },
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  }).catch((error: unknown) => error)
  const milliseconds = Math.round(performance.now() - began)
  if (!(answer instanceof Response)) return { status: 0, text: String(Object(answer).cause ?? answer), milliseconds }
  return { status: answer.status, text: await answer.text(), milliseconds }
}

const why: { readonly [status: number]: string } = {
  0: 'nobody answers',
  401: 'signatures are enforced, and this push has none: what the platform signs cannot be tried from here',
  403: 'something before the functions refuses requests, a firewall or an authorizer',
  404: 'the path is not known: is the token missing (CALLBACK_TOKENS), or another one?',
  429: 'requests are throttled',
  500: 'a function does not start: see its log',
  502: 'a function does not start: see its log',
  503: 'the function cannot keep or check callbacks: see its log and the alarm ReceiversNotReady',
}

/** A message without CDRs is taken and says nothing. */
const checkVoiceCall = async (route: string, url: string): Promise<Finding> => {
  const { status, text, milliseconds } = await post(url, '{"eventType":"fee"}')
  if (status === 401) return good(`${route}: enforces signatures; 200 cannot be tried from here`)
  if (status !== 200)
    return bad(`${route}: found ${status || 'no answer'}, wanted 200: ${why[status] ?? text.slice(0, 100)}`)
  if (text !== '{"resultcode":"0","resultdesc":"Success"}')
    return bad(
      `${route}: answers 200 with another body than {"resultcode":"0",…}, which Voice Call takes for a failure`,
    )
  return good(`${route}: 200 and the body that Voice Call takes for a success, in ${milliseconds} ms`)
}

const checkHangup = async (url: string): Promise<Finding> => {
  const { status, text } = await post(url, '{}')
  if (status === 401 && text.includes('"retCode"'))
    return good('/hangup: enforces signatures; 200 cannot be tried from here')
  if (status === 400 && text.includes('"retCode":"bad-call-serial-no"'))
    return good("/hangup: refuses what is no callback in AICC's words; a real one would be stored, so 200 is not tried")
  return bad(
    `/hangup: found ${status || 'no answer'}, wanted 400 for a body that is no callback: ${why[status] ?? text.slice(0, 100)}`,
  )
}

const checkUnknown = async (base: string): Promise<Finding> => {
  const { status } = await post(`${base}/no-such-path`, '{}')
  return status === 404 ? good('other paths: 404') : bad(`other paths: found ${status || 'no answer'}, wanted 404`)
}

/** Calls hold phone numbers. On the machine itself `npm start` shows them to whoever asks. */
const checkCalls = async ({ hostname, origin }: URL): Promise<readonly Finding[]> => {
  if (['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return []
  const answer = await fetch(`${origin}/calls`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  if (answer && [401, 403, 404].includes(answer.status)) return [good(`GET /calls: ${answer.status} to strangers`)]
  return [bad(`GET /calls: found ${answer?.status ?? 'no answer'}, wanted 403 or 404: whoever asks can read the calls`)]
}

/** The ciphers that Voice Call documents, all of TLS 1.2; it does not mention TLS 1.3. */
const ciphers = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA384'].flatMap((cipher) => [
  `ECDHE-RSA-${cipher}`,
  `ECDHE-ECDSA-${cipher}`,
])

const checkTls = async (url: URL): Promise<Finding> => {
  const options = { host: url.hostname, port: Number(url.port || 443), servername: url.hostname }
  const version = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: ciphers.join(':') } as const
  const socket = await new Promise<TLSSocket | Error>((resolve) => {
    const opening = connect({ ...options, ...version, timeout: 10_000 }, () => resolve(opening))
    opening.on('error', resolve)
    opening.on('timeout', () => resolve(new Error('nobody answers')))
  })
  if (socket instanceof Error) return bad(`TLS: found ${socket.message}, wanted TLS 1.2 with a cipher of Voice Call's`)
  const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / 86_400_000)
  const { name } = socket.getCipher()
  socket.destroy()
  if (days < 14) return bad(`TLS: the certificate ends in ${days} days`)
  return good(`TLS: 1.2 with ${name}, the certificate is good for ${days} days`)
}

runCommand(async () => {
  const { values } = parseArgs({ options: { ...deploymentOptions, url: { type: 'string' } } })
  if (values.help) return console.log(help)
  const bare = await findCallbackUrls(values.stage, values.region, values.url)
  const [token] = process.env.CALLBACK_TOKENS === undefined ? [] : parseTokens(process.env.CALLBACK_TOKENS)
  const [status, cdr, hangup] = [bare.status, bare.cdr, bare.hangup].map((url) => withToken(url, token)) as [
    string,
    string,
    string,
  ]
  const findings = [
    await checkVoiceCall('/status', status),
    await checkVoiceCall('/cdr', cdr),
    await checkHangup(hangup),
    await checkUnknown(new URL(bare.status).origin),
    ...(await checkCalls(new URL(bare.status))),
    ...(bare.status.startsWith('https:') ? [await checkTls(new URL(bare.status))] : []),
    ...problemsOf('voice-call', status).map((problem) => bad(`the status URL: ${problem}`)),
    ...problemsOf('aicc', hangup).map((problem) => bad(`the hang-up URL: ${problem}`)),
  ]
  for (const { isGood, text } of findings) console.log(`${isGood ? '✓' : '✗'} ${text}`)
  const faults = findings.filter(({ isGood }) => !isGood).length
  console.log(faults === 0 ? 'All is as the platforms need it' : `${faults} findings`)
  process.exitCode = faults === 0 ? 0 : 1
})
