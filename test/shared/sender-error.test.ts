import { expect, test } from 'vitest'
import { SenderError, toSenderError } from '../../shared/sender-error.ts'

test('only what the sender did is taken for its fault', () => {
  const error = new SenderError('too-deep', 'Cannot keep the record: found more, wanted fewer')
  expect(error).toMatchObject({ name: 'SenderError', code: 'too-deep', pointer: '' })
  expect(toSenderError(error)).toBe(error)
  for (const other of [new TypeError('x'), 'text', undefined]) {
    let thrown: unknown = 'nothing'
    try {
      toSenderError(other)
    } catch (caught) {
      thrown = caught
    }
    expect(thrown).toBe(other)
  }
})
