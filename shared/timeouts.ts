/**
 * A socket that hangs must not cost a function its whole time; the clients try again. In milliseconds. A client takes a
 * process that stood still for a moment for a connection that failed, unless 2 s or more are allowed.
 */
export const timeouts = { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true } as const
