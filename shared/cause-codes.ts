import type { Disposition, FailureCode } from './call.ts'

/**
 * What a code means in words and, where it tells, how a call that it ended and nobody answered is to be counted.
 * A weak one counts only where no other code tells: it is what networks give when they have nothing better to say.
 */
export type Meaning = readonly [meaning: string, disposition?: Disposition, isWeak?: 'weak']

export const undocumented: Meaning = ['not documented']

/** A code as it is given, with what it means; what else is known of it the platform's file adds. */
export const toFailureCode = (
  name: FailureCode['name'],
  value: number,
  [meaning, disposition, weak]: Meaning,
): FailureCode => ({
  name,
  value,
  meaning,
  disposition,
  isWeak: weak !== undefined,
  excludesAnswer: false,
  party: undefined,
  text: undefined,
})

/**
 * ITU-T Q.850 causes. 31 tells nothing, since platforms give it as their normal value. 20 counts as no answer, as 18 and 19 do: RFC 3398 7.2.4.1 gives 480 to 19 and 20 and 408 to 18, and 8.2.6.1
 * turns 480 into 18.
 */
const q850: { readonly [cause: number]: Meaning } = {
  1: ['unallocated number', 'failed'],
  2: ['no route to transit network', 'failed'],
  3: ['no route to destination', 'failed'],
  16: ['normal call clearing', 'canceled', 'weak'],
  17: ['user busy', 'busy'],
  18: ['no user responding', 'no-answer'],
  19: ['no answer from user', 'no-answer'],
  20: ['subscriber absent', 'no-answer'],
  21: ['call rejected', 'rejected'],
  22: ['number changed', 'failed'],
  23: ['redirection to new destination', 'failed'],
  26: ['non-selected user clearing', 'failed'],
  27: ['destination out of order', 'failed'],
  28: ['invalid number format', 'failed'],
  29: ['facility rejected', 'failed'],
  31: ['normal, unspecified'],
  34: ['no circuit available', 'failed'],
  38: ['network out of order', 'failed'],
  41: ['temporary failure', 'failed'],
  42: ['switching equipment congestion', 'failed'],
  47: ['resource unavailable', 'failed'],
  55: ['incoming calls barred within CUG', 'rejected'],
  57: ['bearer capability not authorized', 'rejected'],
  58: ['bearer capability not available', 'failed'],
  65: ['bearer capability not implemented', 'failed'],
  70: ['only restricted digital information available', 'failed'],
  79: ['service or option not implemented', 'failed'],
  87: ['user not member of CUG', 'rejected'],
  88: ['incompatible destination', 'failed'],
  102: ['recovery on timer expiry', 'failed', 'weak'],
  111: ['protocol error', 'failed'],
  127: ['interworking', 'failed', 'weak'],
}

/** SIP final responses by the reason phrases registered with IANA. 487 answers a caller's CANCEL and a platform's timeout alike. */
const sip: { readonly [status: number]: Meaning } = {
  400: ['Bad Request', 'failed'],
  401: ['Unauthorized', 'failed'],
  402: ['Payment Required', 'failed'],
  403: ['Forbidden', 'rejected'],
  404: ['Not Found', 'failed'],
  405: ['Method Not Allowed', 'failed'],
  406: ['Not Acceptable', 'failed'],
  407: ['Proxy Authentication Required', 'failed'],
  408: ['Request Timeout', 'no-answer'],
  410: ['Gone', 'failed'],
  413: ['Request Entity Too Large', 'failed'],
  414: ['Request-URI Too Long', 'failed'],
  415: ['Unsupported Media Type', 'failed'],
  416: ['Unsupported URI Scheme', 'failed'],
  420: ['Bad Extension', 'failed'],
  421: ['Extension Required', 'failed'],
  423: ['Interval Too Brief', 'failed'],
  480: ['Temporarily Unavailable', 'no-answer'],
  481: ['Call/Transaction Does Not Exist', 'failed'],
  482: ['Loop Detected', 'failed'],
  483: ['Too Many Hops', 'failed'],
  484: ['Address Incomplete', 'failed'],
  485: ['Ambiguous', 'failed'],
  486: ['Busy Here', 'busy'],
  487: ['Request Terminated', 'canceled', 'weak'],
  488: ['Not Acceptable Here', 'failed'],
  491: ['Request Pending', 'failed'],
  500: ['Server Internal Error', 'failed'],
  501: ['Not Implemented', 'failed'],
  502: ['Bad Gateway', 'failed'],
  503: ['Service Unavailable', 'failed'],
  504: ['Server Time-out', 'failed'],
  505: ['Version Not Supported', 'failed'],
  513: ['Message Too Large', 'failed'],
  580: ['Precondition Failure', 'failed'],
  600: ['Busy Everywhere', 'busy'],
  603: ['Decline', 'rejected'],
  604: ['Does Not Exist Anywhere', 'failed'],
  606: ['Not Acceptable', 'failed'],
  607: ['Unwanted', 'rejected'],
  608: ['Rejected', 'rejected'],
}

export const q850Meaning = (cause: number): Meaning => q850[cause] ?? undocumented
export const sipMeaning = (status: number): Meaning => sip[status] ?? undocumented
