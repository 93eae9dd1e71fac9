import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { toStoredCall } from '../shared/calls-table.ts'
import { foldSettings } from '../shared/environment.ts'
import { hash } from '../shared/fact.ts'
import { toEvents } from '../shared/fold-call.ts'
import type { Item } from '../shared/table.ts'
import { connect, deploymentHelp, deploymentOptions } from './deployment.ts'
import { listItems, openListedTable } from './listed.ts'

const help = `Lists what waits in the table, as CSV.

  npm run --silent list -- missing|quarantined|held [options] > list.csv

  missing              calls whose CDR never came: send their session ids to the vendor's support
  quarantined          records that could not be understood or stored, with the reason; npm run replay puts them through
  held                 callbacks that the queue did not take; the sweep queues them by itself
${deploymentHelp}`

const columns = {
  missing: ['source', 'sessionId', 'firstHeardAt', 'lastHeardAt', 'lastEvent', 'lastEventAt'],
  quarantined: ['id', 'source', 'receivedAt', 'quarantinedAt', 'reason', 'pointer', 'message', 'bytes'],
  held: ['id', 'source', 'receivedAt', 'verdict', 'bytes'],
} as const

const toMissing = (item: Item) => {
  const { callId, facts } = toStoredCall(item.id?.S ?? '', item)
  const last = toEvents(callId, facts, foldSettings(process.env)).at(-1)
  const [source = '', ...id] = callId.split('/')
  const at = last?.at === undefined ? '' : new Date(last.at).toISOString()
  const lastEvent = last?.told.kind === 'status-event' ? last.told.event : ''
  return [source, id.join('/'), item.listedAt?.S, item.heardAt?.S, lastEvent, at]
}

const toQuarantined = ({ id, source, listedAt, quarantinedAt, reason, pointer, message, body }: Item) => [
  ...[id, source, listedAt, quarantinedAt, reason, pointer, message].map((value) => value?.S),
  Buffer.byteLength(body?.S ?? ''),
]

const toHeld = ({ id, source, listedAt, verdict, body }: Item) => [
  ...[id && { S: hash(id.S ?? '') }, source, listedAt, verdict].map((value) => value?.S),
  Buffer.byteLength(body?.S ?? ''),
]

const rows = { missing: toMissing, quarantined: toQuarantined, held: toHeld } as const

/** RFC 4180. A cell that a spreadsheet would take for a formula is quoted as text. */
const toCell = (value: string | number | undefined): string => {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

runCommand(async () => {
  const { values, positionals } = parseArgs({ options: deploymentOptions, allowPositionals: true })
  if (values.help) return console.log(help)
  const [what = 'nothing'] = positionals
  if (what !== 'missing' && what !== 'quarantined' && what !== 'held')
    throw new Error(`Cannot list: found ${what}, wanted missing, quarantined or held`)
  await connect(values.stage, values.region)
  console.log(columns[what].join())
  for await (const item of listItems(openListedTable(), what)) console.log(rows[what](item).map(toCell).join())
})
