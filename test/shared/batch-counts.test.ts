import { expect, test } from 'vitest'
import { toBatchCounts, toPublished } from '../../shared/batch-counts.ts'
import { type Publication, toPublications } from '../../shared/call-records-topic.ts'
import { foldCall } from '../../shared/fold-call.ts'
import { toBatch } from '../../shared/store-facts.ts'
import { sqsRecord } from '../sqs-record.ts'
import { cdr, forCall, settings, status } from './messages.ts'

const message = (messageId: string, body: unknown, attributes: { readonly [name: string]: string } = {}) =>
  sqsRecord(messageId, JSON.stringify(body), { source: 'voice-call', verdict: 'off', ...attributes })

const answered = cdr({ callOutAnswerTime: '10:00:00', callEndTime: '10:00:09' })
const messages = [
  message('1', forCall(answered, 'a'), { verdict: 'valid' }),
  message('2', forCall(status('answer', '10:00:00'), 'a')),
  message('3', forCall(cdr({ callEndTime: '10:00:00', callOutUnaswRsn: 17 }), 'b')),
  message('4', forCall(answered, 'c'), { verdict: 'stale' }),
  message('5', forCall(status('answer', '10:00:00'), 'd')),
  message('6', { eventType: 'answer' }),
  message('7', {}, { source: '+8613800000021', verdict: '+8613800000021' }),
  message('8', { callId: 'voice-call/d' }, { source: 'sweep' }),
  message('9', forCall(cdr({}), 'e')),
]
const batch = toBatch(messages)
const publications = batch.calls.flatMap(({ callId, facts }): readonly Publication[] =>
  toPublications(
    {
      call: foldCall(
        callId,
        facts.map(({ fact }) => fact),
        settings,
      ),
      isMissing: callId === 'voice-call/d',
    },
    'ended',
  ),
)
const published = publications.map(toPublished)

test('a batch is counted by what came of it', () => {
  expect(toBatchCounts(messages, batch, published, 1, new Set())).toEqual({
    'accepted.voice-call.valid': 1,
    'accepted.voice-call.stale': 1,
    'accepted.voice-call.off': 5,
    'accepted.unknown.unchecked': 1,
    stored: 6,
    quarantined: 3,
    'published.ended': 4,
    'published.missing': 1,
    'ended.answered': 2,
    'ended.busy': 1,
    'ended.unknown': 1,
    talkSeconds: 18,
  })
})

test('what goes back to the queue is counted when it comes again', () => {
  const taken = published.filter(({ callId }) => callId === 'voice-call/b')
  expect(toBatchCounts(messages, batch, taken, 0, new Set(['1', '2', '4', '5', '6', '7', '9']))).toEqual({
    'accepted.voice-call.off': 1,
    stored: 1,
    returned: 7,
    'published.ended': 1,
    'ended.busy': 1,
  })
  expect(toBatchCounts([], toBatch([]), [], 0, new Set())).toEqual({})
})
