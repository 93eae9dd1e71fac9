import { openReceiver } from '../shared/open-receiver.ts'
import { voiceCallReception } from '../shared/voice-call.ts'
import { toAkskVerifier } from '../shared/x-aksk.ts'

/** `POST /cdr`: what Voice Call pushes to a `feeUrl`. */
export const handler = await openReceiver(process.env, voiceCallReception, toAkskVerifier)
