/**
 * Takes out of an AWS client what costs time with every request and changes nothing: a copy of requests and answers for a
 * logger, which none has here, and a description of this program for AWS's statistics. Clients that send many requests also
 * set `cacheMiddleware`, or each request would put its chain of steps together anew.
 */
export const toQuickClient = <T extends { readonly middlewareStack: { remove: (name: string) => boolean } }>(
  client: T,
): T => {
  for (const name of ['loggerMiddleware', 'getUserAgentMiddleware']) client.middlewareStack.remove(name)
  return client
}
