import { parseArgs } from 'node:util'
import { runCommand } from '../local/arguments.ts'
import { logFailure } from '../shared/attempt-all.ts'
import { openCallbacksQueue } from '../shared/callbacks-queue.ts'
import { required } from '../shared/environment.ts'
import { connect, deploymentHelp, deploymentOptions } from './deployment.ts'
import { listItems, openListedTable, requeue } from './listed.ts'

const help = `Puts quarantined records through again, after a fix. What is still at fault is quarantined again.

  npm run replay -- quarantined [options]

  --reason no-session-id   only those that were quarantined for this reason
${deploymentHelp}`

runCommand(async () => {
  const options = { ...deploymentOptions, reason: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(help)
  if (positionals.join() !== 'quarantined')
    throw new Error(`Cannot replay: found ${positionals.join(' ') || 'nothing'}, wanted quarantined`)
  await connect(values.stage, values.region)
  const queue = openCallbacksQueue(required(process.env, 'CALLBACKS_QUEUE_URL'))
  const table = openListedTable()
  let [replayed, refused] = [0, 0]
  for await (const item of listItems(table, 'quarantined')) {
    if (values.reason !== undefined && item.reason?.S !== values.reason) continue
    try {
      await requeue(queue, table, item)
    } catch (error) {
      // One that the queue or the table does not take keeps no other one from going on.
      logFailure(`replay ${item.id?.S}`, error)
      refused++
      continue
    }
    replayed++
  }
  console.log(`${replayed} quarantined records are on the queue again${refused > 0 ? `, ${refused} were refused` : ''}`)
  process.exitCode = refused > 0 ? 1 : 0
})
