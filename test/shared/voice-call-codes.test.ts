import { expect, test } from 'vitest'
import { type Meaning, sipMeaning, undocumented } from '../../shared/cause-codes.ts'
import { stateCodeMeaning, tearDownMeaning } from '../../shared/voice-call-codes.ts'

test('stateCode says how a call ended that nobody answered', () => {
  const cases: readonly [code: number, meaning: Meaning][] = [
    [0, ['hung up after being connected']],
    [7004, ['callee on the black list', 'failed']],
    [8001, ['user not connected', 'failed']],
    [8003, ['ringing timed out', 'no-answer']],
    [8004, ['hung up while ringing', 'canceled']],
    [8010, ['maximum duration reached']],
    [8017, ['hung up on instruction', 'canceled']],
    [8100, ['callee number does not exist', 'failed']],
    [8101, ['callee no answer', 'no-answer']],
    [8102, ['callee busy', 'busy']],
    [8108, ['caller busy', 'busy']],
  ]
  for (const [code, meaning] of cases) expect(stateCodeMeaning(code), `${code}`).toEqual(meaning)
})

test('ulFailReason says where a call was torn down', () => {
  const cases: readonly [code: number, meaning: Meaning][] = [
    [0, ['hung up after being connected']],
    [100, ['no keys received']],
    [514, ['ringing timed out', 'no-answer']],
    [515, ['far end cancelled', 'canceled']],
    [530, ['caller hung up before forwarding', 'canceled']],
    [1003, ['released by API', 'canceled']],
    [2803, ['too many keys']],
    [2837, ['playback failed', 'failed']],
    [2901, ['recording failed']],
    [2907, ['recording failed']],
    [2914, ['recording failed']],
    [7005, ['caller on the black list', 'failed']],
  ]
  for (const [code, meaning] of cases) expect(tearDownMeaning(code), `${code}`).toEqual(meaning)
})

test('tear-down points that defer to the Q.850 cause settle nothing', () => {
  for (const code of [518, 519, 520]) expect(tearDownMeaning(code)).toEqual([expect.stringContaining('Q.850')])
})

test('a tear-down point is a SIP status, a stateCode or neither where it has no meaning of its own', () => {
  for (const code of [400, 403, 404, 408, 480, 486, 487, 500, 501, 504, 580, 600, 603, 699])
    expect(tearDownMeaning(code), `${code}`).toBe(sipMeaning(code))
  for (const code of [7001, 7004, 7108, 8000, 8003, 8010, 8102, 8111])
    expect(tearDownMeaning(code), `${code}`).toBe(stateCodeMeaning(code))
  // 513 is a SIP status too, but first of all a tear-down point; 7005 is in no other table.
  expect(tearDownMeaning(513)).toEqual(['call timed out', 'no-answer'])
  expect(stateCodeMeaning(7005)).toBe(undocumented)
})

test('a code that is in no table has no disposition', () => {
  for (const code of [-1, 1, 399, 499, 700, 1000, 1004, 2900, 2915, 7000, 7006, 8011, 9999, 1e21, Number.NaN])
    expect([code, tearDownMeaning(code)]).toEqual([code, undocumented])
  for (const code of [-1, 1, 404, 514, 7000, 8011, 8112, 1e21, Number.NaN])
    expect([code, stateCodeMeaning(code)]).toEqual([code, undocumented])
})
