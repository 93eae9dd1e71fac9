import { beforeEach, expect, test, vi } from 'vitest'
import type { Callback } from '../../shared/callback.ts'
import { keepCallback } from '../../shared/keep-callback.ts'

const log = vi.spyOn(console, 'error')
beforeEach(() => {
  log.mockReset().mockReturnValue(undefined)
})

const received = (agoMs: number): Callback => ({
  body: '{}',
  source: 'aicc',
  verdict: 'valid',
  receivedAt: new Date(Date.now() - agoMs).toISOString(),
})
const down = () => Promise.reject(new Error('down'))
const count = vi.fn()

test('the queue gets half of the time that is left, the table what is left then', async () => {
  const patience: number[] = []
  const take = async (_: Callback, milliseconds: number) => {
    patience.push(milliseconds)
    throw new Error('down')
  }
  await expect(keepCallback(received(300), { enqueue: take }, { hold: take }, 1800, count)).rejects.toThrow('down')
  const [ofQueue = 0, ofTable = 0] = patience
  expect(ofQueue).toBeLessThanOrEqual(750)
  expect(ofQueue).toBeGreaterThan(500)
  expect(ofTable).toBeLessThanOrEqual(1500)
  expect(ofTable).toBeGreaterThan(1000)
  // What came so late that nothing is left is tried all the same.
  patience.length = 0
  await expect(keepCallback(received(9000), { enqueue: take }, { hold: take }, 1800, count)).rejects.toThrow('down')
  expect(patience).toEqual([150, 300])
})

test('what the queue takes is not held, and what it does not take is held as it is and counted', async () => {
  const hold = vi.fn(async () => undefined)
  const callback = received(0)
  await keepCallback(callback, { enqueue: async () => undefined }, { hold }, 1800, count)
  expect(hold).not.toHaveBeenCalled()
  expect(count).not.toHaveBeenCalled()
  await keepCallback(callback, { enqueue: down }, { hold }, 1800, count)
  expect(hold).toHaveBeenCalledWith(callback, expect.any(Number))
  expect(count.mock.calls).toEqual([[{ 'held.aicc': 1 }]])
  expect(log.mock.calls).toEqual([['Cannot queue a callback: Error']])
})
