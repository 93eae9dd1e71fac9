import { parseArgs } from 'node:util'
import { readWhole, runCommand } from '../../local/arguments.ts'
import { toCosts, toFillTable, toMonthlyTable, toShapesTable, typicalAssumptions as typical } from './cost-tables.ts'
import counts from './counts.json' with { type: 'json' }
import prices from './prices.json' with { type: 'json' }
import { toNumber } from './table.ts'

const help = `What calls cost on AWS at list prices, by component, from what the functions were counted to ask for.

  npm run cost -- [options]

  --calls 1000000      how many calls
  --events ${typical.events}           status events of each
  --cdrs ${typical.cdrs}             CDRs in one callback, 1 to 50
  --fill ${typical.fill}            messages in a batch, 1 to 10: full under load, one where a callback comes now and then
  --ack-ms ${typical.ackMs}          billed for an answer
  --worker-ms ${typical.workerMs}       billed for a batch, and
  --fact-ms ${typical.factMs}          for each fact in it
  --days ${typical.days}            how long a call is kept
  --answer-bytes ${typical.answerBytes}   of an HTTP answer with its headers
  --json               for programs (with npm --silent run cost)
  --help               this text

Counts are in bench/cost/counts.json, which a test holds to what the functions do; prices with their sources in
bench/cost/prices.json. The times are assumptions: nothing here has run on AWS.
`

const options = {
  calls: { type: 'string', default: '1000000' },
  events: { type: 'string', default: String(typical.events) },
  cdrs: { type: 'string', default: String(typical.cdrs) },
  fill: { type: 'string', default: String(typical.fill) },
  'ack-ms': { type: 'string', default: String(typical.ackMs) },
  'worker-ms': { type: 'string', default: String(typical.workerMs) },
  'fact-ms': { type: 'string', default: String(typical.factMs) },
  days: { type: 'string', default: String(typical.days) },
  'answer-bytes': { type: 'string', default: String(typical.answerBytes) },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

runCommand(async () => {
  const { values } = parseArgs({ options })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const read = (option: Exclude<keyof typeof options, 'json' | 'help'>, least: number, most?: number) =>
    readWhole(option, values[option], least, most)
  const calls = read('calls', 1)
  const assumed = {
    events: read('events', 0),
    cdrs: read('cdrs', 1, 50),
    fill: read('fill', 1, 10),
    ackMs: read('ack-ms', 1),
    workerMs: read('worker-ms', 0),
    factMs: read('fact-ms', 0),
    days: read('days', 1),
    answerBytes: read('answer-bytes', 0),
  }
  const costs = toCosts(counts, assumed, prices, calls)
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ calls, assumed, region: prices.region, date: prices.date, ...costs })}\n`)
    return
  }
  console.log(
    `${toNumber(calls)} calls of ${assumed.events} status events and a CDR; CDRs in a callback: ${assumed.cdrs}; messages in a batch: ${assumed.fill}`,
  )
  console.log(`List prices of ${prices.region}, ${prices.date}, on demand, without free tiers\n`)
  for (const table of [toShapesTable(costs, assumed.days), toFillTable(costs), toMonthlyTable(costs)])
    console.log(`${table}\n`)
})
