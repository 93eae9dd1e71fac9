import type {
  CallbackDetail,
  CallbackRow,
  CallDetail,
  CallRow,
  Dropped,
  ListedDetail,
  Reset,
  Waiting,
} from '../messages.ts'
import { type Actions, toCallbackDetail, toCallDetail, toDeadLetterDetail, toListedDetail } from './detail.ts'
import { byId, element, oncePerFrame } from './element.ts'
import {
  countStates,
  isNumberTyped,
  stateOfCall,
  stateOfCallback,
  stateOfWaiting,
  textOfCall,
  textOfCallback,
  textOfWaiting,
  toMatcher,
  type WaitingRow,
} from './filter.ts'
import type { Clock } from './format.ts'
import { toCallbackList, toCallList, toHead, toWaitingList } from './rows.ts'
import { createVirtualList, type ListRow } from './virtual-list.ts'

type Tab = 'calls' | 'callbacks' | 'waiting'

const tabs: readonly { readonly tab: Tab; readonly label: string }[] = [
  { tab: 'calls', label: 'Calls' },
  { tab: 'callbacks', label: 'Callbacks' },
  { tab: 'waiting', label: 'Waiting' },
]

const keys: readonly (readonly [keys: string, what: string])[] = [
  ['1 2 3', 'calls, callbacks, what waits'],
  ['j k ↓ ↑', 'next and previous row; Home, End, PageUp, PageDown too'],
  ['Enter', 'open the row'],
  ['Esc', 'close; in the filter empty it, then leave it'],
  ['/', 'filter'],
  ['n', 'show or mask numbers'],
  ['s', 'send a sample call'],
  ['r', 'replay the open callback, or put the open record through again'],
  ['?', 'this list'],
]

// All that the page knows. What the server tells is never changed, only replaced.
const calls = new Map<string, CallRow>()
const callbacks = new Map<number, CallbackRow>()
let waiting: Waiting | undefined
let told: Reset | undefined
let dropped: Dropped | undefined
let tab: Tab = 'calls'
let chosen: string | undefined
let opened: { readonly tab: Tab; readonly key: string } | undefined
let areNumbersShown = false
let stream: EventSource | undefined

const filter = byId('filter')
const typed = (): string => (filter instanceof HTMLInputElement ? filter.value : '')
const detail = byId('detail')
const list = createVirtualList((key) => open(tab, key))
const numbers = () => (areNumbersShown ? '?numbers=shown' : '')

const toWaitingRows = (): readonly WaitingRow[] => {
  if (!waiting) return []
  return [
    ...waiting.deadLetters.map((row, n) => ({ ...row, kind: 'dead letter', key: `dead-letter/${n}` }) as const),
    ...waiting.quarantined.map((row) => ({ ...row, kind: 'quarantined' }) as const),
    ...waiting.held.map((row) => ({ ...row, kind: 'held' }) as const),
    ...waiting.missing.map((row) => ({ ...row, kind: 'missing' }) as const),
  ]
}

/** The waiting rows are the same objects until something else waits, so that their elements stay. */
let waitingRows: readonly WaitingRow[] = []

/** The longest form of time among the rows. Their times are compared as text, since there may be 10,000. */
const toTimes = (rows: readonly { readonly at: string }[], now: Date): Clock['form'] => {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()]
  const isWithin = (from: Date, to: Date) => {
    const [first, after] = [from.toISOString(), to.toISOString()]
    return ({ at }: { readonly at: string }) => at === '' || (at >= first && at < after)
  }
  if (rows.every(isWithin(new Date(year, month, day), new Date(year, month, day + 1)))) return 'time'
  return rows.every(isWithin(new Date(year, 0), new Date(year + 1, 0))) ? 'day' : 'year'
}

/** The rows of a list that pass the filter, each with the state that it counts under. */
const choose = <T extends { readonly at: string }>(
  rows: readonly T[],
  textOf: (row: T) => string,
  stateOf: (row: T) => string,
  toRow: (row: T, now: Date) => ListRow,
) => {
  const matches = toMatcher(typed())
  const found = typed().trim() === '' ? rows : rows.filter((row) => matches(textOf(row)))
  const states = countStates(found.map(stateOf))
  const now = new Date()
  const shown = chosen === undefined ? found : found.filter((row) => stateOf(row) === chosen)
  return { states, rows: shown.map((row) => toRow(row, now)), times: toTimes(shown, now) }
}

const chooseRows = () => {
  if (tab === 'calls') {
    const rows = [...calls.values()].sort((a, b) => b.order - a.order)
    return choose(rows, textOfCall, stateOfCall, toCallList)
  }
  if (tab === 'callbacks') {
    const rows = [...callbacks.values()].sort((a, b) => b.id - a.id)
    return choose(rows, textOfCallback, stateOfCallback, toCallbackList)
  }
  return choose(waitingRows, textOfWaiting, stateOfWaiting, toWaitingList)
}

const draw = () => {
  const { states, rows, times } = chooseRows()
  byId('panel').dataset.times = times
  list.set(rows)
  drawTabs()
  drawChips(states)
  drawEmpty(rows.length)
  drawFooter()
}

const drawSoon = oncePerFrame(draw)

const countWaiting = (): number => {
  if (!waiting) return 0
  const { counts, queues } = waiting
  return counts.quarantined + counts.held + counts.missing + queues.deadLetters
}

const drawTabs = () => {
  const counts = { calls: calls.size, callbacks: callbacks.size, waiting: countWaiting() }
  for (const button of byId('tabs').children) {
    if (!(button instanceof HTMLElement)) continue
    const name = button.dataset.tab
    const isChosen = name === tab
    button.setAttribute('aria-selected', String(isChosen))
    button.tabIndex = isChosen ? 0 : -1
    const count = name === 'calls' || name === 'callbacks' || name === 'waiting' ? counts[name] : 0
    const shown = button.querySelector('span')
    if (shown) shown.textContent = count.toLocaleString('en')
    button.classList.toggle('has', name === 'waiting' && count > 0)
  }
}

let drawnChips = ''
const drawChips = (states: readonly (readonly [string, number])[]) => {
  const all = [...states]
  // A state that is filtered by stays, so that it can be let go.
  if (chosen !== undefined && !all.some(([state]) => state === chosen)) all.push([chosen, 0])
  const text = JSON.stringify([all, chosen])
  if (text === drawnChips) return
  drawnChips = text
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.state : undefined
  byId('chips').replaceChildren(
    ...all.map(([state, count]) =>
      element(
        'button',
        {
          type: 'button',
          'data-state': state,
          'aria-pressed': String(state === chosen),
          onclick: () => {
            chosen = state === chosen ? undefined : state
            draw()
          },
        },
        element('span', { class: `is-${state.replace(' ', '-')}` }, state),
        ` ${count.toLocaleString('en')}`,
      ),
    ),
  )
  if (focused !== undefined)
    for (const chip of byId('chips').children)
      if (chip instanceof HTMLElement && chip.dataset.state === focused) chip.focus()
}

const sampleButtons = (): readonly HTMLElement[] =>
  (told?.samples ?? []).map(({ name, label }) =>
    element('button', { type: 'button', 'data-sample': name, onclick: () => send(name) }, label),
  )

const drawEmpty = (length: number) => {
  const empty = byId('empty')
  const isFiltered = typed() !== '' || chosen !== undefined
  const hadFocus = empty.contains(document.activeElement)
  empty.hidden = length > 0 || told === undefined
  byId('list').hidden = !empty.hidden
  byId('head').hidden = !empty.hidden
  if (empty.hidden) {
    // A button that had the focus is gone with it; the next Tab goes on from here.
    if (hadFocus) byId('list').focus()
    return
  }
  const isMasked = !areNumbersShown && isNumberTyped(typed())
  const state = isFiltered ? `filtered ${isMasked}` : `${tab} ${calls.size + callbacks.size}`
  if (empty.dataset.state === state) return
  empty.dataset.state = state
  if (isFiltered)
    empty.replaceChildren(
      element('h2', {}, 'Nothing matches'),
      element('p', {}, 'Empty the filter, or press Esc.'),
      ...(isMasked ? [element('p', {}, 'Numbers are masked: show them (n), or filter by the last four digits.')] : []),
    )
  else if (tab === 'waiting')
    empty.replaceChildren(
      element('h2', {}, 'Nothing waits'),
      element(
        'p',
        {},
        'Quarantined records, held callbacks, missing calls and dead letters would be here, with their reason.',
      ),
    )
  else
    empty.replaceChildren(
      element('h2', {}, tab === 'calls' && callbacks.size > 0 ? 'No calls yet' : 'No callbacks yet'),
      element('p', {}, 'Push one of the documented messages, from the root of the repository:'),
      element(
        'div',
        { class: 'block' },
        element('button', { type: 'button', class: 'copy', onclick: () => copy(told?.curl ?? '') }, 'Copy'),
        element('pre', {}, told?.curl ?? ''),
      ),
      element('p', {}, 'Or send a sample call, as the platform would, with the times of now:'),
      element('div', { class: 'samples' }, ...sampleButtons()),
      element('p', {}, 'Or let ', element('code', {}, 'npm run simulate'), ' be the platform for a hundred calls.'),
    )
  if (hadFocus) empty.focus()
}

const drawFooter = () => {
  const { callbacks: inbound = 0, callRecords = 0, deadLetters = 0 } = waiting?.queues ?? {}
  const queue = (name: string, count: number, isBad = false) =>
    element('span', {}, `${name} `, element('b', isBad ? { class: 'is-failed' } : {}, count.toLocaleString('en')))
  byId('queues').replaceChildren(
    'On the queues: ',
    queue('Callbacks', inbound),
    queue('CallRecords', callRecords),
    queue('DeadLetters', deadLetters, deadLetters > 0),
  )
  const parts = [
    dropped?.calls ? `${dropped.calls.toLocaleString('en')} older calls` : '',
    dropped?.callbacks ? `${dropped.callbacks.toLocaleString('en')} older callbacks` : '',
  ].filter(Boolean)
  byId('dropped').textContent =
    parts.length > 0 ? `Not shown any more: ${parts.join(', ')}. The table has the calls.` : ''
}

const show = (next: Tab) => {
  if (tab !== next) {
    tab = next
    chosen = undefined
    list.clear()
    delete byId('empty').dataset.state
  }
  byId('panel').setAttribute('aria-labelledby', `tab-${tab}`)
  byId('panel').dataset.tab = tab
  byId('list').setAttribute('aria-label', tabs.find((one) => one.tab === tab)?.label ?? '')
  byId('head').replaceChildren(...toHead(tab))
  draw()
}

// Details

const ask = async (path: string): Promise<unknown> => {
  const answer = await fetch(path)
  if (answer.ok) return answer.json()
  const { message }: { message?: string } = await answer.json()
  throw new Error(message ?? `Cannot show it: found answer ${answer.status}, wanted 200`)
}

const loadDetail = async (of: Tab, key: string): Promise<readonly HTMLElement[]> => {
  const row = findWaiting(key)
  if (of === 'waiting' && row?.kind === 'dead letter') return toDeadLetterDetail(row)
  const isCall = of === 'calls' || row?.kind === 'missing'
  const path = of === 'waiting' && !isCall ? key : `${isCall ? 'calls' : 'callbacks'}/${key}`
  // The server's answers have these types: both sides are compiled against them.
  const found = await ask(`/local/${path}${numbers()}`)
  if (isCall) return toCallDetail(found as CallDetail, actions)
  if (of === 'callbacks') return toCallbackDetail(found as CallbackDetail, actions)
  return toListedDetail(found as ListedDetail, actions)
}

const open = async (of: Tab, key: string) => {
  if (tab !== of) show(of)
  const isSame = opened?.tab === of && opened.key === key
  opened = { tab: of, key }
  list.select(key)
  await read(isSame)
}

/** @param isSame what is shown already is drawn anew as it was unfolded and scrolled, whatever list is shown by now */
const read = async (isSame: boolean) => {
  if (!opened) return
  const { tab: of, key } = opened
  const content = await loadDetail(of, key).catch((error: unknown) => [
    element('p', { class: 'fault' }, error instanceof Error ? error.message : 'Cannot show it'),
  ])
  if (opened?.tab !== of || opened.key !== key) return
  const unfolded = [...detail.querySelectorAll<HTMLDetailsElement>('details[open]')].map((one) => one.dataset.name)
  const top = detail.scrollTop
  detail.replaceChildren(closeButton(), ...content)
  if (detail.hidden) {
    detail.hidden = false
    document.body.classList.add('has-detail')
    // On a phone the list is behind it.
    if (getComputedStyle(detail).position === 'fixed') detail.focus()
  }
  if (!isSame) {
    detail.scrollTop = 0
    list.select(key)
    return
  }
  for (const one of detail.querySelectorAll<HTMLDetailsElement>('details'))
    one.open = unfolded.includes(one.dataset.name)
  detail.scrollTop = top
}

const closeButton = () =>
  element('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: close }, '✕')

const showGone = (text: string) => detail.replaceChildren(closeButton(), element('p', { class: 'meta' }, text))

const findWaiting = (key = opened?.key) => waitingRows.find((one) => one.key === key)

/** Shows what became of the open record. @param before what it was so far */
const followWaiting = (before: WaitingRow | undefined) => {
  const row = findWaiting()
  // It may come back: what is still at fault is away for a moment only.
  if (!row) {
    // Of a long list only the first ones are known.
    if (waitingRows.length >= countWaiting()) showGone('It does not wait any more.')
    return
  }
  if (row.kind !== 'quarantined' || JSON.stringify(row) === JSON.stringify(before)) return
  if (requeued.delete(row.key)) say(`Tried again, and found the same fault: ${row.reason?.code ?? 'none'}`)
  reopenSoon()
}

const close = () => {
  opened = undefined
  detail.hidden = true
  detail.replaceChildren()
  document.body.classList.remove('has-detail')
  byId('list').focus()
}

let isReopening = false
/** What is open is read again when it changed, not for every fact. */
const reopenSoon = () => {
  if (isReopening) return
  isReopening = true
  setTimeout(() => {
    isReopening = false
    void read(true)
  }, 150)
}

// Actions

let saying = 0
const say = (text: string) => {
  const said = byId('said')
  said.hidden = false
  said.textContent = text
  clearTimeout(saying)
  saying = setTimeout(() => {
    said.hidden = true
  }, 4000)
}

const post = async (path: string) => {
  try {
    const answer = await fetch(`/local/${path}`, { method: 'POST' })
    const { message }: { message?: string } = await answer.json()
    say(message ?? `Answer ${answer.status}`)
  } catch {
    say('Cannot reach the receiver: found no answer, wanted npm start to run')
  }
}

const samplesMenu = byId('samples')
const send = (name: string) => {
  samplesMenu.hidePopover()
  void post(`samples/${name}`)
}

const copy = (text: string) => {
  navigator.clipboard.writeText(text).then(
    () => say('Copied'),
    () => say('Cannot copy: the browser does not allow it here; select the text'),
  )
}

/** The records whose next fault is news, though it is the same as before. */
const requeued = new Set<string>()

const actions: Actions = {
  open: (to, key) => void open(to, key),
  replay: (id) => void post(`callbacks/${id}/replay`),
  requeue: (key) => {
    requeued.add(key)
    void post(`${key}/requeue`)
  },
  copy,
}

const toggleNumbers = () => {
  areNumbersShown = !areNumbersShown
  byId('numbers').setAttribute('aria-pressed', String(areNumbersShown))
  byId('numbers').textContent = areNumbersShown ? 'Mask numbers' : 'Show numbers'
  connect()
  void read(true)
}

// Live

const connect = () => {
  stream?.close()
  stream = new EventSource(`/local/events${numbers()}`)
  const live = byId('live')
  const on = <T>(event: string, take: (data: T) => void) =>
    stream?.addEventListener(event, ({ data }) => {
      take(JSON.parse(data))
      drawSoon()
    })
  stream.onopen = () => {
    live.textContent = 'live'
    live.className = 'is-live'
  }
  stream.onerror = () => {
    live.textContent = 'not connected, trying again'
    live.className = 'is-lost'
  }
  // Whatever was missed meanwhile, everything is told again.
  on<Reset>('reset', (reset) => {
    if (told && told.run !== reset.run && opened && opened.tab !== 'waiting') {
      opened = undefined
      list.select(undefined)
      showGone('No longer kept: the receiver was started anew.')
    }
    told = reset
    calls.clear()
    callbacks.clear()
    waiting = undefined
    waitingRows = []
    dropped = undefined
    delete byId('empty').dataset.state
    samplesMenu.replaceChildren(...sampleButtons())
  })
  on<readonly CallRow[]>('calls', (rows) => {
    for (const row of rows) calls.set(row.key, row)
    if (rows.some(({ key }) => key === opened?.key)) reopenSoon()
  })
  on<readonly CallbackRow[]>('callbacks', (rows) => {
    for (const row of rows) callbacks.set(row.id, row)
    if (rows.some(({ id, calls: of }) => String(id) === opened?.key || of.some(({ key }) => key === opened?.key)))
      reopenSoon()
  })
  on<Waiting>('waiting', (next) => {
    const before = findWaiting()
    waiting = next
    waitingRows = toWaitingRows()
    if (opened?.tab === 'waiting') followWaiting(before)
  })
  on<Dropped>('dropped', (next) => {
    dropped = next
    for (const key of next.callKeys) calls.delete(key)
    for (const id of callbacks.keys()) if (id < next.firstCallback) callbacks.delete(id)
  })
}

// Keys

const move = (by: number) => {
  const key = list.move(by)
  if (key === undefined) return
  // What is open follows the selection.
  if (detail.hidden) list.select(key)
  else void open(tab, key)
}

const openSelected = () => {
  const key = list.selected() ?? list.move(0)
  if (key !== undefined) void open(tab, key)
}

const pressInDetail = (letter: string) => detail.querySelector<HTMLElement>(`[aria-keyshortcuts="${letter}"]`)?.click()

const leaveFilter = () => {
  // An empty list is hidden and takes no focus.
  filter.blur()
  byId('list').focus()
}

const focusFirstSample = () => samplesMenu.querySelector('button')?.focus()

const help = byId('help')

const press: { readonly [key: string]: () => void } = {
  '/': () => filter.focus(),
  n: toggleNumbers,
  s: () => {
    samplesMenu.showPopover()
    focusFirstSample()
  },
  r: () => pressInDetail('r'),
  '?': () => help instanceof HTMLDialogElement && help.showModal(),
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(list.page()),
  PageUp: () => move(-list.page()),
  Home: () => move(-list.length()),
  End: () => move(list.length()),
  '1': () => show('calls'),
  '2': () => show('callbacks'),
  '3': () => show('waiting'),
}

const ofScrolling = /^(Arrow(Up|Down)|Page(Up|Down)|Home|End)$/

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || (help instanceof HTMLDialogElement && help.open)) return
  const target = event.target instanceof HTMLElement ? event.target : document.body
  const isTyping = target === filter
  if (event.key === 'Escape' && !samplesMenu.matches(':popover-open')) {
    if (isTyping && typed() !== '' && filter instanceof HTMLInputElement) filter.value = ''
    else if (isTyping) leaveFilter()
    else if (!detail.hidden) close()
    else {
      chosen = undefined
      if (filter instanceof HTMLInputElement) filter.value = ''
    }
    event.preventDefault()
    return draw()
  }
  if (event.key === 'Enter' && (isTyping || target.id === 'list' || target === document.body)) {
    if (isTyping) leaveFilter()
    return openSelected()
  }
  if (isTyping) {
    if (event.key !== 'ArrowDown') return
    leaveFilter()
  }
  // Within what scrolls by itself, and in a menu, the arrows are its own.
  if (ofScrolling.test(event.key) && target.id !== 'list' && target !== document.body && !isTyping) return
  const pressed = press[event.key]
  if (!pressed) return
  event.preventDefault()
  pressed()
})

samplesMenu.addEventListener('keydown', (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key]
  if (by === undefined) return
  event.preventDefault()
  event.stopPropagation()
  const all = [...samplesMenu.querySelectorAll('button')]
  const at = all.findIndex((one) => one.matches(':focus'))
  all[(at + by + all.length) % all.length]?.focus()
})
samplesMenu.addEventListener('toggle', () => {
  if (samplesMenu.matches(':popover-open') && !samplesMenu.matches(':focus-within')) focusFirstSample()
})

byId('tabs').append(
  ...tabs.map(({ tab: name, label }) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        'data-tab': name,
        'aria-controls': 'panel',
        onclick: () => show(name),
      },
      `${label} `,
      element('span', {}, '0'),
    ),
  ),
)
byId('tabs').addEventListener('keydown', (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (by === undefined) return
  const at = tabs.findIndex((one) => one.tab === tab)
  const next = tabs[(at + by + tabs.length) % tabs.length]
  if (!next) return
  show(next.tab)
  byId(`tab-${next.tab}`).focus()
})
help.append(
  element('h2', { id: 'help-title' }, 'Keys'),
  element('dl', {}, ...keys.flatMap(([key, what]) => [element('dt', {}, key), element('dd', {}, what)])),
  element('form', { method: 'dialog' }, element('button', {}, 'Close')),
)
byId('numbers').addEventListener('click', toggleNumbers)
byId('ask').addEventListener('click', () => press['?']?.())
filter.addEventListener('input', drawSoon)
byId('host').textContent = location.host
for (const scheme of ['(max-width: 720px)', '(prefers-color-scheme: dark)'])
  matchMedia(scheme).addEventListener('change', () => list.redraw())

show('calls')
connect()
