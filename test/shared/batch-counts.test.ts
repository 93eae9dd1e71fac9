import type { SQSRecord } from 'aws-lambda'
import { expect, test } from 'vitest'
import { toBatchCounts } from '../../shared/batch-counts.ts'

const message = (messageId: string, attributes: { readonly [name: string]: string }) =>
  ({
    messageId,
    body: '{}',
    attributes: { SentTimestamp: '0' },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
    ),
  }) as unknown as SQSRecord

test('callbacks are counted by platform and verdict, those that go back to the queue when they come again', () => {
  const messages = [
    message('1', { source: 'aicc', verdict: 'valid' }),
    message('2', { source: 'aicc', verdict: 'valid' }),
    message('3', { source: 'aicc', verdict: 'stale' }),
    message('4', { source: 'voice-call', verdict: 'off' }),
    message('5', { source: 'voice-call', verdict: 'off' }),
    message('6', { source: '+8613800000021', verdict: '+8613800000021' }),
    message('7', {}),
  ]
  expect(toBatchCounts(messages, new Set(['2', '5']))).toEqual({
    'accepted.aicc.valid': 1,
    'accepted.aicc.stale': 1,
    'accepted.voice-call.off': 1,
    'accepted.unknown.unchecked': 2,
  })
  expect(toBatchCounts([], new Set())).toEqual({})
})
