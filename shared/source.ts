import { readAicc, splitAicc, toAiccBody } from './aicc.ts'
import type { Cdr, FoldSettings, Source, StatusEvent } from './call.ts'
import type { FactContent, Split } from './fact.ts'
import type { JsonObject } from './json.ts'
import { SenderError } from './sender-error.ts'
import { readVoiceCall, splitVoiceCall, toVoiceCallBody } from './voice-call.ts'

/** All that differs between platforms after a callback is on the queue. */
interface SourceFormat {
  readonly split: (body: string) => Split
  readonly read: (content: FactContent, settings: FoldSettings) => StatusEvent | Cdr
  /** The field of a record that names its call; it stands in the call's id and not in its facts. */
  readonly idField: string
  /** The platform bills a leg by started minutes. */
  readonly billsMinutes: boolean
  /** The callback that a fact would have come in alone; `content.record` is whole. */
  readonly toBody: (content: FactContent) => JsonObject
}

export const sources: { readonly [source in Source]: SourceFormat } = {
  'voice-call': {
    split: splitVoiceCall,
    read: readVoiceCall,
    idField: 'sessionId',
    billsMinutes: true,
    toBody: toVoiceCallBody,
  },
  aicc: { split: splitAicc, read: readAicc, idField: 'callSerialNo', billsMinutes: false, toBody: toAiccBody },
}

export const isSource = (text: string): text is Source => Object.hasOwn(sources, text)

/** The platform that an id or a message attribute names. @throws SenderError `unknown-source` */
export const sourceOf = (callId: string): Source => {
  const source = callId.replace(/\/.*/s, '')
  if (isSource(source)) return source
  throw new SenderError(
    'unknown-source',
    `Cannot tell the platform: found another source, wanted one of ${Object.keys(sources).join(', ')}`,
  )
}

/** A record as it was received: with the field that its call's id was read from, unless that stayed in the record. */
export const toWhole = (callId: string, record: JsonObject): JsonObject => ({
  [sources[sourceOf(callId)].idField]: callId.slice(callId.indexOf('/') + 1),
  ...record,
})

/** The callback that a fact would have come in alone, every received field in it: the inverse of the split. */
export const toReceived = (callId: string, content: FactContent): JsonObject =>
  sources[sourceOf(callId)].toBody({ ...content, record: toWhole(callId, content.record) })
