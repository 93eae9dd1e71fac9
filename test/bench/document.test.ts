import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as capacityTables from '../../bench/cost/capacity-tables.ts'
import * as costTables from '../../bench/cost/cost-tables.ts'
import counts from '../../bench/cost/counts.json' with { type: 'json' }
import limits from '../../bench/cost/limits.json' with { type: 'json' }
import prices from '../../bench/cost/prices.json' with { type: 'json' }
import { readSettings } from '../../bench/cost/settings.ts'
import { toNumber, toTable } from '../../bench/cost/table.ts'

const file = '../../docs/cost-and-capacity.md'

const toCountsTable = ({ typical, documented }: typeof counts): string => {
  const toRow = (what: string, of: (call: typeof typical) => number, limit: string) => [
    what,
    toNumber(of(typical)),
    toNumber(of(documented)),
    limit,
  ]
  return toTable([
    ['', '6 status events, CDR', 'documented: 7, CDR', 'at most'],
    toRow('requests to the table', (call) => call.tableRequests, '7; 8'),
    toRow('write units of the table', (call) => call.tableWriteUnits, ''),
    toRow('write units of the index', (call) => call.indexWriteUnits, ''),
    toRow('write units in all', (call) => call.tableWriteUnits + call.indexWriteUnits, '13; 15'),
    toRow("bytes of the call's item at the end", (call) => call.itemBytesAfterEachCallback.at(-1) ?? 0, '2,304'),
    toRow('bytes logged by an answer', (call) => call.ackLogBytes, '0'),
    toRow('bytes logged by a batch', (call) => call.workerLogBytes, '600'),
  ])
}

// `npx vitest run test/bench -u` writes the tables anew.
test("the document's tables are what the commands print", async () => {
  const settings = await readSettings(limits.table.newUnitsPerSecond)
  const { typicalAssumptions: assumed } = costTables
  const costs = costTables.toCosts(counts, assumed, prices, 1_000_000)
  const question = capacityTables.typicalQuestion
  const capacity = capacityTables.toCapacity(counts.typical, question, settings, assumed, limits)
  const tables: { readonly [name: string]: string } = {
    counts: toCountsTable(counts),
    shapes: costTables.toShapesTable(costs, assumed.days),
    fill: costTables.toFillTable(costs),
    monthly: costTables.toMonthlyTable(costs),
    loads: capacityTables.toLoadsTable(capacity),
    verdicts: capacityTables
      .toVerdicts(capacity, settings)
      .map((verdict) => `* ${verdict}`)
      .join('\n'),
    quotas: capacityTables.toQuotasTable(capacity),
  }
  const text = await readFile(new URL(file, import.meta.url), 'utf8')
  const found: string[] = []
  const filled = text.replace(/<!-- (\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    found.push(name)
    return `<!-- ${name} -->\n${tables[name]}\n<!-- end -->`
  })
  expect(found.sort()).toEqual(Object.keys(tables).sort())
  await expect(filled).toMatchFileSnapshot(file)
})
