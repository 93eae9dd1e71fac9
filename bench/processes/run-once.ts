import { readFileSync, writeSync } from 'node:fs'
import { loadHandler } from '../lambda.ts'

// `node run-once.mjs <file of the handler> <file of an event> <times>` gives the event to the handler and tells what the
// process took when it has answered, on its fourth stream: CPU time in microseconds, the most memory that was resident in KB.

const [, , file = '', event = '', times = '1'] = process.argv
const handler = await loadHandler(file)
const text = readFileSync(event, 'utf8')
for (let n = 0; n < Number(times); n++) await handler(JSON.parse(text))
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
writeSync(3, JSON.stringify({ cpu: userCPUTime + systemCPUTime, peak: maxRSS }))
process.exit()
