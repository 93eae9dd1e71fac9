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

test('the queue is tried for half of the time that is left, the table for what is left then', async () => {
  const tried: string[] = []
  const take = (name: string) => async () => {
    tried.push(name)
    throw new Error('down')
  }
  const openHeld = async () => ({ hold: take('table') })
  const keeping = keepCallback(received(200), take('queue'), openHeld, 1000, count)
  await expect(keeping).rejects.toThrow('down')
  expect(tried.filter((name) => name === 'queue').length).toBeGreaterThan(2)
  expect(tried.filter((name) => name === 'table').length).toBeGreaterThan(2)
  expect(tried.lastIndexOf('queue')).toBeLessThan(tried.indexOf('table'))
})

test('an attempt that hangs leaves time for another one, and what comes late is tried all the same', async () => {
  const patience: number[] = []
  const hang = (_: Callback, milliseconds: number) => {
    patience.push(milliseconds)
    return new Promise<void>((_resolve, reject) => setTimeout(() => reject(new Error('timeout')), milliseconds))
  }
  await expect(keepCallback(received(9000), hang, async () => ({ hold: hang }), 1000, count)).rejects.toThrow('timeout')
  expect(patience[0]).toBe(90)
  expect(patience.length).toBeGreaterThanOrEqual(4)
  expect(patience).toContain(180)
})

test('what the queue takes is not held, and what it does not take is held as it is and counted', async () => {
  const hold = vi.fn(async () => undefined)
  const openHeld = vi.fn(async () => ({ hold }))
  const callback = received(0)
  await keepCallback(callback, async () => undefined, openHeld, 1800, count)
  expect(openHeld).not.toHaveBeenCalled()
  expect(count).not.toHaveBeenCalled()
  await keepCallback(callback, down, openHeld, 1800, count)
  expect(hold).toHaveBeenCalledWith(callback, expect.any(Number))
  expect(count.mock.calls).toEqual([[{ 'held.aicc': 1 }]])
  expect(log.mock.calls).toEqual([['Cannot queue a callback: Error']])
})

test('what holds callbacks is opened while the queue is tried again', async () => {
  const order: string[] = []
  const send = async () => {
    order.push('queue')
    throw new Error('down')
  }
  const openHeld = async () => {
    order.push('open')
    return Promise.reject(new Error('not there'))
  }
  await expect(keepCallback(received(0), send, openHeld, 1000, count)).rejects.toThrow('not there')
  expect(order.slice(0, 3)).toEqual(['queue', 'open', 'queue'])
  expect(order.at(-1)).toBe('open')
})
