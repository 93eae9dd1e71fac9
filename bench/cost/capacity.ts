import { parseArgs } from 'node:util'
import { readWhole, runCommand } from '../../local/arguments.ts'
import { toCapacity, toLoadsTable, toQuotasTable, toVerdicts, typicalQuestion as typical } from './capacity-tables.ts'
import { typicalAssumptions as times } from './cost-tables.ts'
import counts from './counts.json' with { type: 'json' }
import limits from './limits.json' with { type: 'json' }
import { readSettings } from './settings.ts'
import { toNumber } from './table.ts'

const help = `What a load does to the deployed stack, second by second, and which quotas it needs: a model, with AWS's limits.

  npm run capacity -- [options]

  --rate N             callbacks a second; by default ${typical.rates.join(' and ')}
  --seconds ${typical.seconds}        how long they last
  --messages ${typical.burst.messages}      messages within one second, and
  --cdrs ${typical.burst.cdrs}            CDRs in each of them
  --calls-per-day ${typical.callsPerDay}
  --peak ${typical.peak}             the busiest second of the day, as a multiple of the mean
  --workers N          workerConcurrency; by default serverless.yml's
  --warm-units N       write units a second that the table is warm for; by default a new table's ${limits.table.newUnitsPerSecond}
  --concurrency N      functions that the account may run at once; by default ${limits.lambda.concurrency}
  --ack-ms ${times.ackMs}          an answer
  --worker-ms ${times.workerMs}       a batch of messages, and
  --fact-ms ${times.factMs}          each fact in it
  --json               for programs (with npm --silent run capacity)
  --help               this text

Limits with their sources are in bench/cost/limits.json, the write units of a call in bench/cost/counts.json, which a test
holds to what the functions do. The times are assumptions: nothing here has run on AWS.
`

const options = {
  rate: { type: 'string' },
  seconds: { type: 'string', default: String(typical.seconds) },
  messages: { type: 'string', default: String(typical.burst.messages) },
  cdrs: { type: 'string', default: String(typical.burst.cdrs) },
  'calls-per-day': { type: 'string', default: String(typical.callsPerDay) },
  peak: { type: 'string', default: String(typical.peak) },
  workers: { type: 'string' },
  'warm-units': { type: 'string', default: String(limits.table.newUnitsPerSecond) },
  concurrency: { type: 'string', default: String(limits.lambda.concurrency) },
  'ack-ms': { type: 'string', default: String(times.ackMs) },
  'worker-ms': { type: 'string', default: String(times.workerMs) },
  'fact-ms': { type: 'string', default: String(times.factMs) },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

runCommand(async () => {
  const { values } = parseArgs({ options })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const settings = {
    ...(await readSettings(readWhole('warm-units', values['warm-units'], 1))),
    ...(values.workers !== undefined && { workerConcurrency: readWhole('workers', values.workers, 2, 1000) }),
  }
  const question = {
    rates: values.rate === undefined ? typical.rates : [readWhole('rate', values.rate, 1)],
    seconds: readWhole('seconds', values.seconds, 1, 86_400),
    burst: {
      messages: readWhole('messages', values.messages, 1),
      cdrs: readWhole('cdrs', values.cdrs, 1, 50),
    },
    callsPerDay: readWhole('calls-per-day', values['calls-per-day'], 1),
    peak: readWhole('peak', values.peak, 1, 1000),
  }
  const timesOfRun = {
    ackMs: readWhole('ack-ms', values['ack-ms'], 1),
    workerMs: readWhole('worker-ms', values['worker-ms'], 1),
    factMs: readWhole('fact-ms', values['fact-ms'], 0),
  }
  const limitsOfAccount = {
    ...limits,
    lambda: { ...limits.lambda, concurrency: readWhole('concurrency', values.concurrency, 1) },
  }
  const capacity = toCapacity(counts.typical, question, settings, timesOfRun, limitsOfAccount)
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ question, settings, times: timesOfRun, limits: limits.date, ...capacity })}\n`,
    )
    return
  }
  console.log(`${toLoadsTable(capacity)}\n`)
  for (const verdict of toVerdicts(capacity, settings)) console.log(verdict)
  console.log(
    `\n${toNumber(question.callsPerDay)} calls a day, ${question.peak} times the mean in the busiest second:\n\n${toQuotasTable(capacity)}`,
  )
})
