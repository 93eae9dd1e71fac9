/** Does nothing: what a process takes to start and to answer at all. */
export const handler = async () => ({ statusCode: 200 })
