import type { Cdr, Source, StatusEvent } from './call.ts'
import type { FactContent, Split } from './fact.ts'
import type { JsonObject } from './json.ts'
import { SenderError } from './sender-error.ts'
import { readVoiceCall, splitVoiceCall, toVoiceCallBody } from './voice-call.ts'

/** All that differs between platforms after a callback is on the queue. */
interface SourceFormat {
  readonly split: (body: string) => Split
  readonly read: (content: FactContent) => StatusEvent | Cdr
  readonly toBody: (callId: string, content: FactContent) => JsonObject
}

export const sources: { readonly [source in Source]: SourceFormat } = {
  'voice-call': { split: splitVoiceCall, read: readVoiceCall, toBody: toVoiceCallBody },
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
