/** Everything that can be wrong with what was sent. The set is closed: a consumer may switch over it. */
export type SenderErrorCode =
  | 'too-large'
  | 'not-utf8'
  | 'not-json'
  | 'not-an-object'
  | 'no-event-type'
  | 'no-records'
  | 'too-many-records'
  | 'not-a-record'
  | 'no-session-id'
  | 'bad-session-id'
  | 'bad-call-serial-no'
  | 'other-platform'
  | 'too-deep'
  | 'unknown-source'
  | 'call-full'
  | 'bad-request'

/**
 * The sender is at fault and a retry of the same bytes cannot help. Every other error is worth a retry.
 * The message names what was found and what was wanted, by type and size, never by value: values are personal data.
 */
export class SenderError extends Error {
  override readonly name = 'SenderError'
  readonly code: SenderErrorCode
  /** JSON pointer (RFC 6901) into the callback's body to what is wrong; `''` is the whole body. */
  readonly pointer: string

  constructor(code: SenderErrorCode, message: string, pointer = '') {
    super(message)
    this.code = code
    this.pointer = pointer
  }
}

/** The error if its sender is at fault; every other one is thrown again, so that it is retried and seen. */
export const toSenderError = (error: unknown): SenderError => {
  if (error instanceof SenderError) return error
  throw error
}
