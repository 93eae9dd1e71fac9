import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { sourceOf } from '../shared/source.ts'
import { deleteItem, getItem } from '../shared/table.ts'
import { connect, deploymentHelp, deploymentOptions } from './deployment.ts'
import { listItems, openListedTable } from './listed.ts'

const help = `Erases what is kept of one call: its item, and quarantined records and held callbacks that name it.

  npm run erase -- voice-call/<session id> [options]      or aicc/<call serial no.>

  --yes                does it; without it, says what would be erased
${deploymentHelp}
What was published, logged elsewhere, backed up (up to 35 days) or still waits in a queue is not reached.
`

runCommand(async () => {
  const options = { ...deploymentOptions, yes: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(help)
  const [callId = ''] = positionals
  if (positionals.length !== 1 || !callId.includes('/') || callId.endsWith('/'))
    throw new Error('Cannot erase: found no call, wanted one such as voice-call/<session id>')
  const source = sourceOf(callId)
  const id = callId.slice(source.length + 1)
  await connect(values.stage, values.region)
  const table = openListedTable()
  const found: string[] = (await getItem(table, callId)) ? [callId] : []
  for (const listing of ['quarantined', 'held'] as const)
    for await (const item of listItems(table, listing)) {
      // As it stands in JSON text, escapes and all, or as it is.
      const body = item.body?.S ?? ''
      const names = [JSON.stringify(id).slice(1, -1), id].some((text) => body.includes(text))
      if (names && item.source?.S === source && item.id?.S !== undefined) found.push(item.id.S)
    }
  if (values.yes) for (const one of found) await deleteItem(table, one)
  const what = `${found.length} items${found.length > 0 ? `: ${found.map((one) => one.replace(/\/.*/s, '')).join(', ')}` : ''}`
  console.log(values.yes ? `Erased ${what}` : `Would erase ${what}; --yes does it`)
})
