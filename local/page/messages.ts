import type { CallRecord, CallView } from '../../contract/call-record.ts'

// What the page is told. Numbers are masked in all of it, unless they were asked for.

/** A call as one row. */
export interface CallRow {
  /** Stands for the call's id, which may hold numbers. */
  readonly key: string
  readonly id: string
  /** Rises from call to call in the order in which they were first heard of. */
  readonly order: number
  /** ISO 8601: the start, or when it was first heard of. */
  readonly at: string
  readonly scenario: CallRecord['scenario']
  readonly parties: readonly string[]
  /** open: neither a CDR nor overdue. missing: its CDR is overdue. */
  readonly state: 'open' | 'missing' | 'ended'
  readonly disposition: CallRecord['disposition']
  readonly ringSeconds: number | undefined
  readonly talkSeconds: number | undefined
  readonly billableMinutes: number | undefined
  readonly completeness: CallRecord['completeness']
  readonly revision: number
  readonly problems: number
}

export interface Rejection {
  readonly code: string
  readonly message: string
  readonly pointer: string
}

/** A callback as one row. */
export interface CallbackRow {
  readonly id: number
  /** ISO 8601. */
  readonly at: string
  readonly method: string
  /** As serverless.yml has it, so that no token is shown; of any other request its path. */
  readonly route: string
  readonly status: number
  readonly bytes: number
  readonly milliseconds: number
  /** The code of a refusal. */
  readonly code: string | undefined
  /** Of the signature; absent until the worker has seen the callback. */
  readonly verdict: string | undefined
  /** refused: not taken. kept: on the queue, or held. stored: in the table. returned: the table or the topic refused it. */
  readonly state: 'refused' | 'kept' | 'stored' | 'returned'
  /** What it brought: `callout`, `cdr ×3`. */
  readonly brought: string
  readonly calls: readonly { readonly key: string; readonly id: string }[]
  readonly rejected: readonly Rejection[]
  readonly replayOf: number | undefined
}

/** Something that waits in the table for somebody or for a sweep. */
export interface ListedRow {
  /** Of a quarantined record and of a held callback the item's id, of a missing call its key. */
  readonly key: string
  readonly source: string
  readonly at: string
  /** Of a missing call its id. */
  readonly text: string
  readonly reason: Rejection | undefined
  /** Of a quarantined record: when it was last found at fault. */
  readonly quarantinedAt: string | undefined
  readonly bytes: number
}

export interface DeadLetterRow {
  readonly at: string
  readonly receives: number
  readonly source: string
  readonly calls: readonly string[]
}

/** What waits, and how much of it: a list holds the first ones only. */
export interface Waiting {
  readonly queues: { readonly callbacks: number; readonly callRecords: number; readonly deadLetters: number }
  readonly counts: { readonly quarantined: number; readonly held: number; readonly missing: number }
  readonly quarantined: readonly ListedRow[]
  readonly held: readonly ListedRow[]
  readonly missing: readonly ListedRow[]
  readonly deadLetters: readonly DeadLetterRow[]
}

/** The first event of a stream: what went before it no longer counts. */
export interface Reset {
  /** Another one after each start of the receiver. */
  readonly run: string
  readonly curl: string
  readonly samples: readonly { readonly name: string; readonly label: string }[]
  readonly limits: { readonly calls: number; readonly callbacks: number }
}

/** The older ones that are no longer kept. */
export interface Dropped {
  readonly calls: number
  readonly callbacks: number
  /** Ids of callbacks from this one on are kept. */
  readonly firstCallback: number
  readonly callKeys: readonly string[]
}

/** Everything that is known of a call. */
export interface CallDetail {
  readonly row: CallRow
  readonly view: CallView
  readonly callbacks: readonly CallbackRow[]
}

export interface CallbackDetail {
  readonly row: CallbackRow
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Absent where it was too large to be kept. */
  readonly body: string | undefined
  readonly answer: string
}

export interface ListedDetail {
  readonly row: ListedRow
  readonly body: string
}
