import { expect, test } from 'vitest'
import { readFact } from '../../shared/fact.ts'
import { isSource, sourceOf, sources, toReceived } from '../../shared/source.ts'
import { settings } from './messages.ts'

const others = ['', '/', '/voice-call', 'voice-call ', 'Voice-Call', 'sweep', 'secret', '__proto__', 'constructor']

test('a source is one of the platforms by its exact name', () => {
  expect(['voice-call', 'voice-call/', ...others].filter(isSource)).toEqual(['voice-call'])
})

test('the platform of a call id or a message attribute is what stands before the first slash', () => {
  for (const id of ['voice-call', 'voice-call/', 'voice-call/s', 'voice-call/a/b', 'voice-call//'])
    expect(sourceOf(id), id).toBe('voice-call')
})

test('another platform is refused without being named', () => {
  for (const id of [...others, ...others.map((other) => `${other}/s`)])
    expect(() => sourceOf(id), id).toThrow(
      expect.objectContaining({
        name: 'SenderError',
        code: 'unknown-source',
        message: 'Cannot tell the platform: found another source, wanted one of voice-call, aicc',
        pointer: '',
      }),
    )
})

test('the formats of a source split, read and rebuild its callbacks', () => {
  const bodies = {
    'voice-call': {
      eventType: 'disconnect',
      statusInfo: { sessionId: 's', timestamp: '2026-01-27 10:00:00', stateCode: 8102, extra: [1] },
      region: 'x',
    },
    aicc: { callSerialNo: 's', called: '88880067', extra: [1], nonce: '-1' },
  }
  for (const source of ['voice-call', 'aicc'] as const) {
    const { split, read } = sources[source]
    const body = bodies[source]
    const { found, rejected } = split(JSON.stringify(body))
    expect([found.length, rejected]).toEqual([1, []])
    for (const { callId, fact } of found) {
      expect(callId).toBe(`${source}/s`)
      expect(read(readFact(fact), settings).kind).toBe(source === 'aicc' ? 'cdr' : 'status-event')
      expect(toReceived(callId, readFact(fact))).toEqual(body)
    }
  }
})
