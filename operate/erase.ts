import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { isObject, type Json } from '../shared/json.ts'
import { sourceOf } from '../shared/source.ts'
import { deleteItem, getItem } from '../shared/table.ts'
import { connect, deploymentHelp, deploymentOptions } from './deployment.ts'
import { listItems, openListedTable } from './listed.ts'

const help = `Erases what is kept of one call: its item, and quarantined records and held callbacks that are about it alone.

  npm run erase -- voice-call/<session id> [options]      or aicc/<call serial no.>

  --yes                does it; without it, says what would be erased
${deploymentHelp}
A callback that is also about other calls is named and left: the sweep queues held ones by itself, npm run replay quarantined ones.
What was published, logged elsewhere, backed up (up to 35 days) or still waits in a queue is not reached.
`

/** Every text that stands in a JSON value, and every number as the text of an id that came as one. */
const textsOf = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isObject(value) ? Object.values(value).flatMap(textsOf) : []
}

/** Whether a callback is about this call, and about others too; of one that cannot be read, whether it holds the id. */
const isAbout = (id: string, body: string): 'this call' | 'others too' | 'others' => {
  let value: Json
  try {
    value = JSON.parse(body)
  } catch {
    return body.includes(id) ? 'others too' : 'others'
  }
  if (!textsOf(value).includes(id)) return 'others'
  const records = isObject(value) && Array.isArray(value.feeLst) ? value.feeLst.length : 1
  return records > 1 ? 'others too' : 'this call'
}

runCommand(async () => {
  const options = { ...deploymentOptions, yes: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(help)
  const [callId = ''] = positionals
  if (positionals.length !== 1 || !/^[^/]+\/./s.test(callId))
    throw new Error('Cannot erase: found no call, wanted one such as voice-call/<session id>')
  const source = sourceOf(callId)
  const id = callId.slice(source.length + 1)
  await connect(values.stage, values.region)
  const table = openListedTable()
  const found: string[] = (await getItem(table, callId)) ? [callId] : []
  const shared: string[] = []
  for (const listing of ['quarantined', 'held'] as const)
    for await (const item of listItems(table, listing)) {
      if (item.source?.S !== source || item.id?.S === undefined) continue
      const about = isAbout(id, item.body?.S ?? '')
      if (about !== 'others') (about === 'this call' ? found : shared).push(item.id.S)
    }
  if (found.length + shared.length === 0)
    throw new Error(`Cannot erase: found nothing of this call, wanted the id of one that is kept`)
  if (values.yes) for (const one of found) await deleteItem(table, one)
  const what = found.map((one) => one.replace(/\/.*/s, '')).join(', ') || 'nothing'
  console.log(values.yes ? `Erased: ${what}` : `Would erase: ${what}; --yes does it`)
  for (const one of shared) console.log(`Left ${one}: it is about other calls too, or cannot be read`)
  process.exitCode = shared.length > 0 ? 1 : 0
})
