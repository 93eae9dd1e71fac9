import { openReceiver } from '../shared/open-receiver.ts'
import { voiceCallReception } from '../shared/voice-call.ts'
import { toAkskVerifier } from '../shared/x-aksk.ts'

/** `POST /status`: what Voice Call pushes to a `statusUrl`. */
export const handler = await openReceiver(process.env, voiceCallReception, toAkskVerifier)
