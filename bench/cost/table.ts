/** Rows as a table that is Markdown and can be read in a terminal too; all columns but the first are numbers. */
export const toTable = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...others] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const toLine = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [toLine(head), `| ${rule.join(' | ')} |`, ...others.map(toLine)].join('\n')
}

const formats = new Map(
  [0, 1, 2].map((digits) => [
    digits,
    new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ]),
)

export const toNumber = (value: number, digits: 0 | 1 | 2 = 0): string => formats.get(digits)?.format(value) ?? ''
