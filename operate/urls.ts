import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { parseTokens } from '../shared/path-token.ts'
import { findCallbackUrls, problemsOf, urlHelp, withToken } from './callback-urls.ts'
import { deploymentHelp, deploymentOptions } from './deployment.ts'

const help = `Prints what to register at Huawei: each callback URL, its standard Base64, and whether the platform takes it.

  npm run urls -- [options]

${deploymentHelp}${urlHelp}
  CALLBACK_TOKENS      ["<token>"], where the deployment has them: they stand in the URLs, and are printed with them
`

const uses = {
  status: { platform: 'voice-call', name: 'Voice Call, status events (statusUrl)' },
  cdr: { platform: 'voice-call', name: 'Voice Call, CDRs (feeUrl)' },
  hangup: { platform: 'aicc', name: 'AICC, hang-ups (callBackUrl, or Hang-up Callback URL in the console)' },
} as const

runCommand(async () => {
  const { values } = parseArgs({ options: { ...deploymentOptions, url: { type: 'string' } } })
  if (values.help) return console.log(help)
  const urls = await findCallbackUrls(values.stage, values.region, values.url)
  const [token] = process.env.CALLBACK_TOKENS === undefined ? [] : parseTokens(process.env.CALLBACK_TOKENS)
  for (const route of ['status', 'cdr', 'hangup'] as const) {
    const { platform, name } = uses[route]
    const url = withToken(urls[route], token)
    const problems = problemsOf(platform, url)
    console.log(`${name}
  URL     ${url}
  Base64  ${Buffer.from(url).toString('base64')}
  ${problems.length === 0 ? `fits: ${Buffer.byteLength(url)} bytes` : `does not fit: ${problems.join('; ')}`}`)
  }
})
