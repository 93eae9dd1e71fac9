import type { IncomingHttpHeaders } from 'node:http'

/** Headers by which a proxy or a tunnel says that it passes on what somebody else asked. */
const forwarding = /^(forwarded|via|x-forwarded-.*|x-real-ip|x-client-ip|cf-.*)$/

/**
 * Whether a request was made on this machine and names it so. A tunnel that is opened for callbacks brings others, and so does
 * a name that somebody else's DNS lets point here. What passes bytes through unchanged cannot be told from this machine: the
 * README says which tunnels to use.
 */
export const isLocal = (headers: IncomingHttpHeaders): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(headers.host ?? '') &&
  !Object.keys(headers).some((name) => forwarding.test(name))

/** Whether no other website made the browser ask: what another port of this machine serves is another website, too. */
export const isOwn = (headers: IncomingHttpHeaders): boolean =>
  ['same-origin', 'none', undefined].includes(toText(headers['sec-fetch-site'])) &&
  [`http://${headers.host}`, undefined].includes(headers.origin)

const toText = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join() : header
