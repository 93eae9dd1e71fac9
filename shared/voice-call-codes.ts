import { type Meaning, sipMeaning, undocumented } from './cause-codes.ts'

/**
 * `stateCode` of a disconnect event. 0, 8008, 8010 and 8015 are said of answered calls; whether a call was answered is told
 * by its answer time alone, so none of them has a disposition. 8013 to 8019 but 8015 are PrivateNumber's.
 */
const stateCodes: { readonly [code: number]: Meaning } = {
  0: ['hung up after being connected'],
  7001: ['frequency control of the developer', 'failed'],
  7002: ['frequency control of the application', 'failed'],
  7003: ['frequency control of the display number', 'failed'],
  7004: ['callee on the black list', 'failed'],
  7108: ['user frozen', 'failed'],
  7109: ['not enough voice ports', 'failed'],
  8000: ['internal error', 'failed'],
  8001: ['user not connected', 'failed'],
  8002: ['peer returned a failure announcement', 'failed'],
  8003: ['ringing timed out', 'no-answer'],
  8004: ['hung up while ringing', 'canceled'],
  8005: ['TTS failed', 'failed'],
  8006: ['audio file does not exist', 'failed'],
  8007: ['playing failed', 'failed'],
  8008: ['play-and-collect failed, no key within 5 s'],
  8009: ['caller hung up before being connected', 'canceled'],
  8010: ['maximum duration reached'],
  8012: ['invalid app key', 'failed'],
  8013: ['invalid call of the AX mode, no callee bound', 'failed'],
  8014: ['invalid call of the AXB or X mode, no binding', 'failed'],
  8015: ['recording failed'],
  8016: ['direction of the call not allowed in the AX or AXB mode', 'failed'],
  8017: ['hung up on instruction', 'canceled'],
  8018: ['no permission for the service', 'failed'],
  8019: ['no record to call back', 'failed'],
  8020: ['service error', 'failed'],
  8100: ['callee number does not exist', 'failed'],
  8101: ['callee no answer', 'no-answer'],
  8102: ['callee busy', 'busy'],
  8103: ['callee temporarily unreachable', 'no-answer'],
  8104: ['callee switched off', 'no-answer'],
  8105: ['callee hung up or suspended', 'failed'],
  8106: ['caller number does not exist', 'failed'],
  8107: ['caller no answer', 'no-answer'],
  8108: ['caller busy', 'busy'],
  8109: ['caller temporarily unreachable', 'no-answer'],
  8110: ['caller switched off', 'no-answer'],
  8111: ['caller suspended', 'failed'],
}

/** `ulFailReason` of a CDR, the tear-down point. 518 to 520 defer to the Q.850 cause. */
const tearDownPoints: { readonly [code: number]: Meaning } = {
  0: ['hung up after being connected'],
  100: ['no keys received'],
  513: ['call timed out', 'no-answer'],
  514: ['ringing timed out', 'no-answer'],
  515: ['far end cancelled', 'canceled'],
  516: ['near end cancelled', 'canceled'],
  517: ['platform response timed out', 'failed'],
  518: ['far end failed, see the Q.850 cause'],
  519: ['near end failed, see the Q.850 cause'],
  520: ['near end failed, see the Q.850 cause'],
  521: ['far end torn down before ringing', 'failed'],
  522: ['no voice port', 'failed'],
  524: ['audio file missing', 'failed'],
  528: ['number prefix not allowed', 'failed'],
  529: ['app key does not exist', 'failed'],
  530: ['caller hung up before forwarding', 'canceled'],
  539: ['recording unfinished, caller hung up'],
  540: ['recording unfinished, callee hung up'],
  542: ['recording timed out'],
  550: ['near-end ringing failed', 'failed'],
  552: ['near end hung up while the far end rang', 'canceled'],
  553: ['near end hung up before the far end rang', 'canceled'],
  1001: ['agent hung up', 'canceled'],
  1002: ['user hung up', 'canceled'],
  1003: ['released by API', 'canceled'],
  2801: ['IVR playback failed', 'failed'],
  2802: ['invalid IVR rule', 'failed'],
  2803: ['too many keys'],
  2812: ['playback timed out', 'failed'],
  2837: ['playback failed', 'failed'],
  7005: ['caller on the black list', 'failed'],
}

/** State codes that are also given for calls that were answered; all other documented ones say that nobody answered. */
const afterAnswer: ReadonlySet<number> = new Set([0, 8000, 8005, 8006, 8007, 8008, 8010, 8015, 8017, 8020, 8105, 8111])

export const stateCodeExcludesAnswer = (code: number): boolean =>
  stateCodes[code] !== undefined && !afterAnswer.has(code)

/** Tear-down points before the far end was connected. */
const beforeFarEnd: ReadonlySet<number> = new Set([514, 515, 516, 518, 521, 522, 528, 529, 530, 550, 552, 553])

export const tearDownExcludesAnswer = (code: number): boolean =>
  beforeFarEnd.has(code) || (code >= 7001 && stateCodeExcludesAnswer(code))

export const stateCodeMeaning = (code: number): Meaning => stateCodes[code] ?? undocumented

/**
 * From 400 to 699 a code without a meaning of its own is the peer's SIP status, 2901 to 2914 are recording failures,
 * and from 7001 on the codes are those of `stateCode`.
 */
export const tearDownMeaning = (code: number): Meaning => {
  if (tearDownPoints[code]) return tearDownPoints[code]
  if (code >= 400 && code < 700) return sipMeaning(code)
  if (code >= 2901 && code <= 2914) return ['recording failed']
  return code >= 7001 ? stateCodeMeaning(code) : undocumented
}
