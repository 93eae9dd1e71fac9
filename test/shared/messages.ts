import { readFile } from 'node:fs/promises'
import type { StoreSettings, SweepSettings } from '../../shared/environment.ts'
import type { Fact } from '../../shared/fact.ts'
import type { Json, JsonObject } from '../../shared/json.ts'
import { splitVoiceCall } from '../../shared/voice-call.ts'

/** The settings of serverless.yml's defaults. */
export const settings: StoreSettings & SweepSettings = {
  ...{ aiccUtcOffset: 0, edition: 0, publish: 'ended' },
  workerConcurrency: 5,
}

/** A documented message, or a sequence of them, as the vendor's documents have it. */
export const readFixture = async (name: string): Promise<readonly JsonObject[]> => {
  const value: Json = JSON.parse(
    await readFile(new URL(`../fixtures/voice-call/${name}.json`, import.meta.url), 'utf8'),
  )
  return [value].flat() as JsonObject[]
}

/** The same message for another call. */
export const forCall = (message: JsonObject, sessionId: string): JsonObject =>
  JSON.parse(JSON.stringify(message).replaceAll(/"sessionId":"[^"]*"/g, `"sessionId":${JSON.stringify(sessionId)}`))

/** A status event of call `s` with the fields that all of them have. */
export const status = (eventType: string, timestamp: string, fields: JsonObject = {}): JsonObject => ({
  eventType,
  statusInfo: { sessionId: 's', timestamp: `2026-01-27 ${timestamp}`, ...fields },
})

/** A CDR message with one record of call `s`; times of day become times of one day. */
export const cdr = (fields: JsonObject): JsonObject => ({
  eventType: 'fee',
  feeLst: [
    {
      sessionId: 's',
      ...Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          /Time$/.test(name) && typeof value === 'string' && /^\d\d:/.test(value) ? `2026-01-27 ${value}` : value,
        ]),
      ),
    },
  ],
})

/** The facts that messages bring, all of one call; throws when any record was rejected. */
export const toFacts = (messages: readonly JsonObject[]): readonly Fact[] =>
  messages.flatMap((message) => {
    const { found, rejected } = splitVoiceCall(JSON.stringify(message))
    if (rejected[0]) throw rejected[0].error
    return found.map(({ fact }) => fact)
  })
