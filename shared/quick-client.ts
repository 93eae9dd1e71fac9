/** As much of an AWS client as this needs. */
interface Client {
  readonly config: { readonly requestHandler: { readonly destroy?: () => void } }
  readonly middlewareStack: {
    remove(name: string): boolean
    add(
      middleware: <A, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R>,
      options: { readonly step: 'initialize' },
    ): void
  }
}

/** In milliseconds. A process that stood still did not hear of connections that were closed meanwhile. */
const maxIdle = 5000

/**
 * Takes out of an AWS client what costs time with every request and changes nothing: a copy of requests and answers for a
 * logger, which none has here, and a description of this program for AWS's statistics. Clients that send many requests also
 * set `cacheMiddleware`, or each request would put its chain of steps together anew.
 *
 * The client opens new connections once it has been idle. Lambda freezes a process between two events, and each attempt
 * of a request could meet another connection that is dead.
 */
export const toQuickClient = <T extends Client>(client: T): T => {
  for (const name of ['loggerMiddleware', 'getUserAgentMiddleware']) client.middlewareStack.remove(name)
  let inFlight = 0
  let usedAt = 0
  client.middlewareStack.add(
    (next) => async (args) => {
      if (inFlight === 0 && Date.now() - usedAt > maxIdle) client.config.requestHandler.destroy?.()
      inFlight++
      try {
        return await next(args)
      } finally {
        inFlight--
        usedAt = Date.now()
      }
    },
    { step: 'initialize' },
  )
  return client
}
