import { expect, test } from 'vitest'
import { readFact } from '../../shared/fact.ts'
import { isSource, sourceOf, sources } from '../../shared/source.ts'

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
        message: 'Cannot tell the platform: found another source, wanted one of voice-call',
        pointer: '',
      }),
    )
})

test('the formats of a source split, read and rebuild its callbacks', () => {
  const body = {
    eventType: 'disconnect',
    statusInfo: { sessionId: 's', timestamp: '2026-01-27 10:00:00', stateCode: 8102, extra: [1] },
    region: 'x',
  }
  for (const [source, { split, read, toBody }] of Object.entries(sources)) {
    const { found, rejected } = split(JSON.stringify(body))
    expect([found.length, rejected]).toEqual([1, []])
    for (const { callId, fact } of found) {
      expect(callId).toBe(`${source}/s`)
      expect(read(readFact(fact))).toMatchObject({ event: 'disconnect', at: Date.UTC(2026, 0, 27, 10) })
      expect(toBody(callId, readFact(fact))).toEqual(body)
    }
  }
})
