import { expect, test } from 'vitest'
import { q850Meaning, sipMeaning, undocumented } from '../../shared/cause-codes.ts'

test('a Q.850 cause and the SIP status that RFC 3398 7.2.4.1 gives for it count alike', () => {
  const statusOf: readonly [cause: number, status: number][] = [
    [1, 404],
    [2, 404],
    [3, 404],
    [17, 486],
    [18, 408],
    [19, 480],
    [20, 480],
    [21, 403],
    [22, 410],
    [26, 404],
    [27, 502],
    [28, 484],
    [29, 501],
    [34, 503],
    [38, 503],
    [41, 503],
    [42, 503],
    [47, 503],
    [57, 403],
    [102, 504],
    [111, 500],
    [127, 500],
  ]
  for (const [cause, status] of statusOf) {
    const [, disposition] = q850Meaning(cause)
    expect(disposition, `${cause}`).toBeDefined()
    expect(sipMeaning(status)[1], `${cause} and ${status}`).toBe(disposition)
  }
})

test('codes have the meaning of their standard', () => {
  expect([16, 17, 18, 19, 20, 21, 27, 31, 127].map(q850Meaning)).toEqual([
    ['normal call clearing', 'canceled', 'weak'],
    ['user busy', 'busy'],
    ['no user responding', 'no-answer'],
    ['no answer from user', 'no-answer'],
    ['subscriber absent', 'no-answer'],
    ['call rejected', 'rejected'],
    ['destination out of order', 'failed'],
    ['normal, unspecified'],
    ['interworking', 'failed', 'weak'],
  ])
  expect([404, 408, 480, 486, 487, 503, 600, 603, 607, 608].map(sipMeaning)).toEqual([
    ['Not Found', 'failed'],
    ['Request Timeout', 'no-answer'],
    ['Temporarily Unavailable', 'no-answer'],
    ['Busy Here', 'busy'],
    ['Request Terminated', 'canceled', 'weak'],
    ['Service Unavailable', 'failed'],
    ['Busy Everywhere', 'busy'],
    ['Decline', 'rejected'],
    ['Unwanted', 'rejected'],
    ['Rejected', 'rejected'],
  ])
})

test('a code that is in no table has no disposition', () => {
  expect(undocumented).toEqual(['not documented'])
  for (const code of [-1, 0, 0.5, 4, 128, 399, 499, 700, 1e21, Number.NaN])
    for (const meaningOf of [q850Meaning, sipMeaning]) expect(meaningOf(code), `${code}`).toBe(undocumented)
})
