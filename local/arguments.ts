/** A share from 0 to 1. @throws Error naming the option */
export const readShare = (option: string, text: string): number => {
  if (/^\d*\.?\d+$/.test(text) && Number(text) <= 1) return Number(text)
  throw new Error(`Cannot start: found --${option} ${text}, wanted a share from 0 to 1`)
}

/** A whole number. @throws Error naming the option */
export const readWhole = (option: string, text: string, least: number, most = 999_999_999): number => {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text)
  throw new Error(`Cannot start: found --${option} ${text}, wanted a whole number from ${least} to ${most}`)
}

/** The port of `npm start`. @throws Error */
export const readPort = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new Error(`Cannot start: found PORT ${text}, wanted a number from 0 to 65535`)
}

/** Runs a command; an error is told in one line, and its exit code is 1. */
export const runCommand = (command: () => Promise<void>): void => {
  // The AWS clients warn of the end of Node 20 at every start; it is the deployed runtime that gets their updates.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  command().catch((error: unknown) => {
    console.error(error instanceof Error ? toMessage(error) : error)
    process.exit(1)
  })
}

const toMessage = (error: Error): string => {
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return 'Cannot start: found the port taken, wanted a free one: set PORT, for example PORT=3001 or PORT=0'
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${error.message.split('.')[0]}: --help tells the options`
  if (error.message === 'Region is missing') return 'Cannot connect: found no region, wanted --region such as eu-west-1'
  if (error.name === 'CredentialsProviderError')
    return 'Cannot connect: found no AWS credentials, wanted them as for any AWS tool: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
  return error.message
}
