type Environment = { readonly [name: string]: string | undefined }

const wanted = (name: string, found: string | undefined, what: string) =>
  new Error(`Cannot start: found ${found ? `"${found}"` : 'nothing'} as environment variable ${name}, wanted ${what}`)

/** One required setting of a function. @throws Error naming the variable */
export const required = (environment: Environment, name: string): string => {
  const value = environment[name]
  if (value) return value
  throw wanted(name, value, 'it set as in serverless.yml')
}

/** @throws Error naming the variable, what it is and what it may be */
export const oneOf = <T extends string>(environment: Environment, name: string, choices: readonly T[]): T => {
  const choice = choices.find((value) => value === environment[name])
  if (choice) return choice
  throw wanted(name, environment[name], `one of ${choices.join(', ')}`)
}

/** @throws Error naming the variable, what it is and the least it may be */
export const wholeNumber = (environment: Environment, name: string, least: number): number => {
  const value = environment[name]
  if (value && /^\d{1,9}$/.test(value) && Number(value) >= least) return Number(value)
  throw wanted(name, value, `a whole number of at least ${least}`)
}
