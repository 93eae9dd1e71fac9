import { aiccReception } from '../shared/aicc.ts'
import { toAiccVerifier } from '../shared/aicc-signature.ts'
import { openReceiver } from '../shared/open-receiver.ts'

/** `POST /hangup`: what AICC pushes to a hang-up callback URL. */
export const handler = await openReceiver(process.env, aiccReception, toAiccVerifier)
