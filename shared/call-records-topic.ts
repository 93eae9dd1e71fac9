import { PublishBatchCommand, type PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns'
import { attemptAll } from './attempt-all.ts'
import { toBatches } from './batches.ts'
import { type CallRecord, toCallRecord } from './call-record.ts'
import { hash } from './fact.ts'
import type { Call } from './fold-call.ts'
import { escapeNonCharacters } from './json.ts'
import { toQuickClient } from './quick-client.ts'
import { timeouts } from './timeouts.ts'

/** The topic that downstream queues subscribe to. */
export interface CallRecordsTopic {
  /** Gives those that the topic did not take. */
  readonly publish: <T extends Publication>(publications: readonly T[]) => Promise<readonly T[]>
}

/** `every-revision` also publishes calls that have not ended, for consumers that want live status. */
export type Publish = 'ended' | 'every-revision'

export interface Publication {
  readonly record: CallRecord
  /** No part of the record, since it may change while the facts do not. */
  readonly state: 'open' | 'missing' | 'ended'
}

/** What is due of a call: its record once it has ended or its CDR is missing, or at every revision. */
export const toPublications = (
  { call, isMissing }: { readonly call: Call; readonly isMissing: boolean },
  publish: Publish,
): readonly Publication[] => {
  const state = call.cdr ? 'ended' : isMissing ? 'missing' : 'open'
  return state === 'open' && publish === 'ended' ? [] : [{ record: toCallRecord(call), state }]
}

/** SNS takes 10 entries and 256 KiB in one request, attributes included; what is left here is theirs. */
const maxEntries = 10
const maxBytes = 250 * 1024

export const openCallRecordsTopic = (topicArn: string): CallRecordsTopic => {
  const client = toQuickClient(new SNSClient({ requestHandler: timeouts, cacheMiddleware: true }))
  return {
    publish: async (publications) => {
      const messages = publications.map((publication) => ({ publication, text: toText(publication.record) }))
      const batches = toBatches(messages, ({ text }) => Buffer.byteLength(text), maxEntries, maxBytes)
      const { done, failed } = await attemptAll(
        (batch) => `publish calls ${batch.map(({ publication }) => hash(publication.record.callId)).join(' ')}`,
        batches,
        async (batch) => {
          const entries = batch.map(({ publication, text }, n) => toEntry(String(n), publication, text))
          const { Failed = [] } = await client.send(
            new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries }),
          )
          return Failed.flatMap(({ Id, Code }) => {
            const refused = batch[Number(Id)]?.publication
            if (refused) console.error(`Cannot publish call ${hash(refused.record.callId)}: ${Code}`)
            return refused ?? []
          })
        },
      )
      return [...done.flat(), ...failed.flat().map(({ publication }) => publication)]
    },
  }
}

/** As it goes into a message. */
export const toText = (record: CallRecord): string => escapeNonCharacters(JSON.stringify(record))

/** What subscribers can filter by. */
export const toAttributes = ({ record, state }: Publication) => {
  const { source, scenario, disposition, completeness } = record
  const attributes = { source, scenario, completeness, state, ...(disposition && { disposition }) }
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
}

const toEntry = (Id: string, publication: Publication, Message: string): PublishBatchRequestEntry => ({
  Id,
  Message,
  MessageAttributes: toAttributes(publication),
})
