import { type Environment, optional, required } from './environment.ts'

/** The keys of the function's role, which Lambda puts into its environment. @throws Error naming the variable */
export const credentialsOf = (environment: Environment) => async () => ({
  accessKeyId: required(environment, 'AWS_ACCESS_KEY_ID'),
  secretAccessKey: required(environment, 'AWS_SECRET_ACCESS_KEY'),
  sessionToken: optional(environment, 'AWS_SESSION_TOKEN'),
})
