/** A socket that hangs must not cost a function its whole time; the clients try again. In milliseconds. */
export const timeouts = { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true } as const
