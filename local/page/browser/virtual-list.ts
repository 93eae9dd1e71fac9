import { byId, element, oncePerFrame } from './element.ts'

/** What a list shows of one row. Rows that are equal objects look the same. */
export interface ListRow {
  readonly key: string
  readonly source: object
  readonly cells: () => readonly HTMLElement[]
  readonly label: string
}

/** Rows beyond the visible ones, so that a quick scroll shows no gap. */
const spare = 8

/** A list of any length that holds the elements of its visible rows only; each row has the same height, `--row` of the style sheet. */
export const createVirtualList = (onOpen: (key: string) => void) => {
  const list = byId('list')
  const inner = byId('rows')
  let rows: readonly ListRow[] = []
  let indexOf: ReadonlyMap<string, number> = new Map()
  let selected: string | undefined
  let height = 36
  const drawn = new Map<string, { readonly source: object; readonly made: HTMLElement }>()

  const draw = () => {
    const first = Math.max(0, Math.floor(list.scrollTop / height) - spare)
    const last = Math.min(rows.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + spare)
    const visible = rows.slice(first, last)
    const keys = new Set(visible.map(({ key }) => key))
    for (const [key, { made }] of drawn)
      if (!keys.has(key)) {
        made.remove()
        drawn.delete(key)
      }
    for (const [n, row] of visible.entries()) {
      const known = drawn.get(row.key)
      const made =
        known?.source === row.source
          ? known.made
          : element('div', { role: 'row', class: 'row', id: `row-${row.key}`, 'aria-label': row.label }, ...row.cells())
      if (known && known.made !== made) known.made.replaceWith(made)
      // In the order in which they are seen, for those who hear them.
      if (inner.children[n] !== made) inner.insertBefore(made, inner.children[n] ?? null)
      drawn.set(row.key, { source: row.source, made })
      made.dataset.key = row.key
      made.style.transform = `translateY(${(first + n) * height}px)`
      made.setAttribute('aria-rowindex', String(first + n + 1))
      made.setAttribute('aria-selected', String(row.key === selected))
    }
    const active = selected !== undefined && drawn.has(selected) ? `row-${selected}` : undefined
    if (active) list.setAttribute('aria-activedescendant', active)
    else list.removeAttribute('aria-activedescendant')
  }

  const drawSoon = oncePerFrame(draw)
  const measure = () => {
    height = Number.parseFloat(getComputedStyle(list).getPropertyValue('--row')) || height
    inner.style.height = `${rows.length * height}px`
    drawSoon()
  }
  list.addEventListener('scroll', drawSoon, { passive: true })
  new ResizeObserver(measure).observe(list)
  inner.addEventListener('click', (event) => {
    const row = event.target instanceof Element ? event.target.closest('[data-key]') : null
    if (row instanceof HTMLElement && row.dataset.key) onOpen(row.dataset.key)
  })

  const select = (key: string | undefined) => {
    selected = key
    const index = key === undefined ? undefined : indexOf.get(key)
    if (index !== undefined) {
      const top = index * height
      if (top < list.scrollTop) list.scrollTop = top
      else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight
    }
    draw()
  }

  return {
    select,
    selected: () => selected,
    /** @returns the key of the row so many rows from the selected one */
    move: (by: number): string | undefined => {
      const at = selected === undefined ? -1 : (indexOf.get(selected) ?? -1)
      const to = Math.min(rows.length - 1, Math.max(0, at + by))
      return rows[to]?.key
    },
    page: () => Math.max(1, Math.floor(list.clientHeight / height) - 1),
    length: () => rows.length,
    clear: () => {
      for (const { made } of drawn.values()) made.remove()
      drawn.clear()
      selected = undefined
      list.scrollTop = 0
    },
    set: (next: readonly ListRow[]) => {
      // What is being read stays where it is while new rows come in above.
      const anchor = list.scrollTop > 0 ? rows[Math.floor(list.scrollTop / height)] : undefined
      const before = anchor && indexOf.get(anchor.key)
      rows = next
      indexOf = new Map(next.map(({ key }, n) => [key, n]))
      inner.style.height = `${rows.length * height}px`
      list.setAttribute('aria-rowcount', String(rows.length))
      const after = anchor && indexOf.get(anchor.key)
      if (before !== undefined && after !== undefined) list.scrollTop += (after - before) * height
      draw()
    },
    redraw: () => {
      drawn.clear()
      inner.replaceChildren()
      measure()
    },
  }
}
