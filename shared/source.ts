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
  readonly toBody: (callId: string, content: FactContent) => JsonObject
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
