import type { CallRecord } from '../../../contract/call-record.ts'
import type { CallbackDetail, CallbackRow, CallDetail, ListedDetail, Rejection } from '../messages.ts'
import { element } from './element.ts'
import { stateOfCall, stateOfCallback, type WaitingRow } from './filter.ts'
import { toBytes, toDuration, toMilliseconds, toMoment } from './format.ts'
import { toPretty } from './pretty-json.ts'
import { badge, toBrought, toParties, toScenarioHint, toVerdict } from './rows.ts'
import { type Lane, toSentence, toTimeline } from './timeline.ts'

/** What can be done from a detail. */
export interface Actions {
  readonly open: (tab: 'calls' | 'callbacks', key: string) => void
  readonly replay: (id: number) => void
  readonly requeue: (key: string) => void
  readonly copy: (text: string) => void
}

export const toCallDetail = ({ row, view, callbacks }: CallDetail, actions: Actions): readonly HTMLElement[] => {
  const { events, eventsLeftOut, ...record } = view
  return [
    title(toParties(row.parties), badge(stateOfCall(row))),
    element(
      'p',
      { class: 'meta' },
      [row.scenario, toScenarioHint(row.scenario) ?? '', row.state, toLocal(row.at)].filter(Boolean).join(' · '),
    ),
    element('p', { class: 'meta id' }, row.id),
    figures([
      ['ring', toDuration(record.ringSeconds)],
      ['talk', toDuration(record.talkSeconds)],
      ['billable', record.billableMinutes === undefined ? '–' : `${record.billableMinutes} min`],
      ['revision', `${record.revision}.${record.edition}`],
      ['record', record.completeness],
      ...(record.digits === undefined ? [] : [['digits', record.digits] as const]),
    ]),
    toTimelineSection(record),
    ...toProblems(record),
    section(
      `Facts (${events.length}${eventsLeftOut ? ` and ${eventsLeftOut} more` : ''})`,
      ...events.map(({ event, at, received }, n) =>
        fold(
          `fact ${n} ${event}`,
          [
            element('b', {}, event),
            element('span', { class: 'at' }, at === undefined ? 'no time' : toMoment(at, new Date(row.at))),
            ' ',
            element('span', { class: 'after' }, toOffset(at, record.startedAt)),
          ],
          () => block(JSON.stringify(received), actions),
        ),
      ),
    ),
    section(
      `Callbacks that brought them (${callbacks.length})`,
      callbacks.length === 0
        ? element('p', { class: 'meta' }, 'None of them is kept any more.')
        : element('ul', {}, ...callbacks.map((callback) => element('li', {}, toCallbackLink(callback, actions)))),
    ),
    section(
      'Call record',
      fold('record', ['As it now stands'], () => block(JSON.stringify(record), actions)),
    ),
  ]
}

const toCallbackLink = (row: CallbackRow, actions: Actions): HTMLElement =>
  element(
    'button',
    { type: 'button', class: 'link', onclick: () => actions.open('callbacks', String(row.id)) },
    element('span', { class: 'at' }, toMoment(row.at, new Date())),
    ` ${row.method} ${row.route} `,
    element('span', { class: `is-${stateOfCallback(row)}` }, String(row.status)),
    ` ${toBrought(row)}`,
  )

const toTimelineSection = (record: CallRecord | CallDetail['view']): HTMLElement => {
  const timeline = toTimeline(record)
  if (!timeline) return section('Timeline', element('p', { class: 'meta' }, 'No time is known yet.'))
  const place = (made: HTMLElement, left: number, width?: number): HTMLElement => {
    made.style.left = `${left}%`
    if (width !== undefined) made.style.width = `${width}%`
    return made
  }
  const toBars = ({ bars, moments }: Lane) =>
    element(
      'div',
      { class: 'bars' },
      ...bars.map(({ kind, left, width, seconds }) =>
        place(
          element(
            'span',
            { class: `bar ${kind}`, title: `${kind} ${toDuration(seconds)}` },
            kind !== 'dial' && width > 16 ? `${kind} ${toDuration(seconds)}` : '',
          ),
          left,
          width,
        ),
      ),
      ...moments.map(({ name, left, seconds }) =>
        place(element('i', { class: `mark ${name}`, title: `${name} ${toDuration(seconds)}` }), left),
      ),
    )
  const lanes = timeline.lanes.map((lane) =>
    element(
      'div',
      { class: 'lane', role: 'img', 'aria-label': toSentence(lane) },
      element('span', { class: 'who' }, element('b', {}, lane.party), ` ${lane.number}`),
      toBars(lane),
      element(
        'span',
        { class: 'moments' },
        ...lane.moments.map(({ name, seconds }) =>
          element('span', {}, `${name} `, element('b', {}, toDuration(seconds))),
        ),
      ),
    ),
  )
  const axis = element(
    'div',
    { class: 'axis', 'aria-hidden': true },
    // Beside the last line there may be no room for its label.
    ...timeline.ticks.map(({ left, label }) =>
      place(element('span', { class: left > 92 ? 'late' : undefined }, label), left),
    ),
  )
  const open = timeline.isOpen ? ' is-open' : ''
  return section('Timeline', element('div', { class: `timeline${open}` }, ...lanes, axis))
}

const toProblems = ({ problems = [], failure }: CallRecord): readonly HTMLElement[] => [
  ...(failure && failure.codes.length > 0
    ? [
        section(
          'What the network says',
          element(
            'ul',
            {},
            ...failure.codes.map(({ name, value, meaning, party, text }) =>
              element(
                'li',
                {},
                element('b', {}, `${name} ${value}`),
                ` ${meaning}${party ? ` (${party})` : ''}${text ? ` · ${text}` : ''}`,
              ),
            ),
          ),
        ),
      ]
    : []),
  ...(problems.length > 0
    ? [
        section(
          `Problems (${problems.length})`,
          element(
            'ul',
            {},
            ...problems.map(({ code, message }) =>
              element('li', {}, element('b', { class: 'is-odd' }, code), ` ${message}`),
            ),
          ),
        ),
      ]
    : []),
]

export const toCallbackDetail = (
  { row, headers, body, answer }: CallbackDetail,
  actions: Actions,
): readonly HTMLElement[] => [
  title(`${row.method} ${row.route}`, badge(String(row.status), `status is-${stateOfCallback(row)}`)),
  element('p', { class: 'meta' }, `#${row.id} · ${toLocal(row.at)} · ${toBrought(row)}`),
  figures([
    ['answer', row.code ?? (row.status === 200 ? 'taken' : String(row.status))],
    ['answered in', toMilliseconds(row.milliseconds)],
    ['signature', toVerdict(row)],
    ['size', toBytes(row.bytes)],
    ['state', row.state],
  ]),
  element(
    'p',
    { class: 'do' },
    element(
      'button',
      { type: 'button', 'aria-keyshortcuts': 'r', disabled: body === undefined, onclick: () => actions.replay(row.id) },
      'Replay',
    ),
  ),
  ...row.rejected.map(toRejection),
  ...(row.calls.length > 0
    ? [
        section(
          'Calls',
          element(
            'ul',
            {},
            ...row.calls.map(({ key, id }) =>
              element(
                'li',
                {},
                element('button', { type: 'button', class: 'link id', onclick: () => actions.open('calls', key) }, id),
              ),
            ),
          ),
        ),
      ]
    : []),
  section('Body', body === undefined ? element('p', { class: 'meta' }, 'Too large to be kept.') : block(body, actions)),
  section('Answer', block(answer, actions)),
  section(
    'Headers',
    fold('headers', [`${headers.length} as received`], () =>
      block(headers.map(([name, value]) => `${name}: ${value}`).join('\n'), actions),
    ),
  ),
]

const toRejection = ({ code, message, pointer }: Rejection): HTMLElement =>
  element(
    'div',
    { class: 'fault' },
    element(
      'p',
      {},
      element('b', { class: 'is-quarantined' }, code),
      ` at ${pointer === '' ? 'the whole body' : pointer}`,
    ),
    element('p', {}, message),
  )

const advice = {
  held: 'The queue did not take it. It is kept in the table, and the sweep queues it within a minute.',
  'dead letter':
    'It could not be stored or published in about ten hours. The log says why; npm run dead-letters -- --restore puts all of them back.',
} as const

export const toListedDetail = ({ row, body }: ListedDetail, actions: Actions): readonly HTMLElement[] => [
  title(row.reason?.code ?? 'held', badge(row.reason ? 'quarantined' : 'held')),
  element('p', { class: 'meta' }, `${row.source} · ${toLocal(row.at)} · ${toBytes(row.bytes)}`),
  ...(row.reason
    ? [
        toRejection(row.reason),
        ...(row.quarantinedAt === undefined
          ? []
          : [element('p', { class: 'meta' }, `Last tried ${toMoment(row.quarantinedAt, new Date())}.`)]),
        element(
          'p',
          { class: 'do' },
          element(
            'button',
            { type: 'button', 'aria-keyshortcuts': 'r', onclick: () => actions.requeue(row.key) },
            'Put it through again',
          ),
        ),
      ]
    : [element('p', {}, advice.held)]),
  section('Record', block(body, actions)),
]

export const toDeadLetterDetail = (row: WaitingRow & { readonly kind: 'dead letter' }): readonly HTMLElement[] => [
  title(`${row.receives} receives`, badge(row.kind)),
  element('p', { class: 'meta' }, `${row.source} · ${toLocal(row.at)}`),
  element('p', {}, advice['dead letter']),
  section('Calls', element('ul', {}, ...row.calls.map((id) => element('li', { class: 'id' }, id)))),
]

const toLocal = (iso: string): string => `${toMoment(iso)} local time`

const title = (text: string, state: HTMLElement): HTMLElement => {
  state.removeAttribute('role')
  return element('h2', {}, element('span', {}, text), state)
}

const section = (heading: string, ...children: readonly HTMLElement[]): HTMLElement =>
  element('section', {}, element('h3', {}, heading), ...children)

const figures = (pairs: readonly (readonly [name: string, value: string])[]): HTMLElement =>
  element(
    'dl',
    {},
    ...pairs.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  )

/** Opened, it shows what would cost time if all of it were written at once. @param name tells it from others when it is drawn anew */
const fold = (name: string, summary: readonly (HTMLElement | string)[], content: () => HTMLElement): HTMLElement => {
  const made = element('details', { 'data-name': name }, element('summary', {}, ...summary))
  made.addEventListener('toggle', () => {
    if (made.open && made.childElementCount === 1) made.append(content())
  })
  return made
}

const block = (text: string, actions: Actions): HTMLElement => {
  const pretty = toPretty(text)
  return element(
    'div',
    { class: 'block' },
    element('button', { type: 'button', class: 'copy', onclick: () => actions.copy(pretty) }, 'Copy'),
    element('pre', { tabindex: 0 }, pretty === '' ? '(empty)' : pretty),
  )
}

const toOffset = (at: string | undefined, start: string | undefined): string => {
  if (at === undefined || start === undefined) return ''
  const seconds = (Date.parse(at) - Date.parse(start)) / 1000
  return `${seconds < 0 ? '−' : '+'}${toDuration(Math.abs(seconds))}`
}
