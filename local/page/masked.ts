import type { CallView } from '../../contract/call-record.ts'
import { maskId, maskJson, maskParty } from './masking.ts'
import type {
  CallbackDetail,
  CallbackRow,
  CallDetail,
  CallRow,
  DeadLetterRow,
  ListedDetail,
  ListedRow,
  Waiting,
} from './messages.ts'

// What the page is told of everything while numbers are not asked for.

export const maskCallRow = (row: CallRow): CallRow => ({
  ...row,
  id: maskId(row.id, row.parties),
  parties: row.parties.map(maskParty),
})

export const maskCallbackRow = (row: CallbackRow): CallbackRow => ({
  ...row,
  route: maskId(row.route),
  calls: row.calls.map(({ key, id }) => ({ key, id: maskId(id) })),
})

const maskListedRow = (row: ListedRow): ListedRow => ({ ...row, text: maskId(row.text) })

const maskDeadLetter = (row: DeadLetterRow): DeadLetterRow => ({ ...row, calls: row.calls.map((id) => maskId(id)) })

export const maskWaiting = (waiting: Waiting): Waiting => ({
  ...waiting,
  missing: waiting.missing.map(maskListedRow),
  deadLetters: waiting.deadLetters.map(maskDeadLetter),
})

/** A proxy may tell in a header of its own where a callback went. */
const inPath = /(\/(?:status|cdr|hangup)(?:\/|%2f))[^\s"?]*/gi

const maskView = (view: CallView): CallView => JSON.parse(maskJson(JSON.stringify(view)))

export const maskCallDetail = ({ row, view, callbacks }: CallDetail): CallDetail => ({
  row: maskCallRow(row),
  view: maskView(view),
  callbacks: callbacks.map(maskCallbackRow),
})

export const maskCallbackDetail = ({ row, headers, body, answer }: CallbackDetail): CallbackDetail => ({
  row: maskCallbackRow(row),
  headers: headers.map(([name, value]) => [name, maskJson(value.replace(inPath, '$1…'))]),
  body: body === undefined ? undefined : maskJson(body),
  answer,
})

export const maskListedDetail = ({ row, body }: ListedDetail): ListedDetail => ({
  row: maskListedRow(row),
  body: maskJson(body),
})
