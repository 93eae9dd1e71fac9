import { beforeEach, expect, test, vi } from 'vitest'
import { attemptAll, logFailure } from '../../shared/attempt-all.ts'

const log = vi.spyOn(console, 'error')
beforeEach(() => {
  log.mockReset().mockReturnValue(undefined)
})

class ThrottlingException extends Error {
  override readonly name = 'ThrottlingException'
}

test('results and failed entries are parted', async () => {
  const step = async (entry: number) => {
    if (entry % 3 === 0) throw new ThrottlingException('secret')
    return `done ${entry}`
  }
  expect(await attemptAll(() => 'store a call', [1, 2, 3, 4, 5, 6], step)).toEqual({
    done: ['done 1', 'done 2', 'done 4', 'done 5'],
    failed: [3, 6],
  })
  expect(log.mock.calls).toEqual([
    ['Cannot store a call: ThrottlingException'],
    ['Cannot store a call: ThrottlingException'],
  ])
})

test('nothing to do is done', async () => {
  const step = vi.fn(async () => 1)
  expect(await attemptAll(() => 'store a call', [], step)).toEqual({ done: [], failed: [] })
  expect(step).not.toHaveBeenCalled()
  expect(log).not.toHaveBeenCalled()
})

test('an entry or a result that is undefined counts like any other', async () => {
  const step = async (entry: number | undefined) => entry
  expect(await attemptAll(() => 'store a call', [undefined, 1, undefined], step)).toEqual({
    done: [undefined, 1, undefined],
    failed: [],
  })
})

test('a step that throws before it waits fails its entry alone', async () => {
  const step = (entry: string) => {
    if (entry === 'bad') throw new TypeError('secret')
    return Promise.resolve(entry.length)
  }
  expect(await attemptAll(() => 'quarantine', ['a', 'bad', 'bc'], step)).toEqual({ done: [1, 2], failed: ['bad'] })
  expect(log.mock.calls).toEqual([['Cannot quarantine: TypeError']])
})

test('each entry is tried once, at most 35 at a time, and all of them though all fail', async () => {
  const entries = Array.from({ length: 120 }, (_, entry) => entry)
  for (const fails of [false, true]) {
    const tried: number[] = []
    let running = 0
    let most = 0
    const step = async (entry: number) => {
      tried.push(entry)
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      if (fails) throw new Error('secret')
      return entry
    }
    const { done, failed } = await attemptAll(() => 'store a call', entries, step)
    expect(tried).toEqual(entries)
    expect(most).toBe(35)
    expect(fails ? failed : done).toEqual(entries)
    expect(fails ? done : failed).toEqual([])
  }
})

test('a slow entry does not hold up the others', async () => {
  const entries = Array.from({ length: 60 }, (_, entry) => entry)
  let finish = () => {}
  const others = new Promise<void>((resolve) => {
    finish = resolve
  })
  let left = entries.length - 1
  const step = async (entry: number) => {
    if (entry === 0) await others
    else {
      left -= 1
      if (left === 0) finish()
    }
    return entry
  }
  const { done } = await attemptAll(() => 'store a call', entries, step)
  expect(done).toEqual([...entries.slice(1), 0])
})

test('a failure is logged by its name alone', () => {
  const failures: readonly [unknown, string][] = [
    [new ThrottlingException('secret'), 'ThrottlingException'],
    [new Error('secret', { cause: 'secret' }), 'Error'],
    [Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [Object.assign(new ThrottlingException('secret'), { code: 'secret' }), 'ThrottlingException'],
    ['secret', 'string'],
    [{ message: 'secret' }, 'object'],
    [undefined, 'undefined'],
  ]
  for (const [failure, name] of failures) {
    log.mockClear()
    logFailure('keep a callback', failure)
    expect(log.mock.calls).toEqual([[`Cannot keep a callback: ${name}`]])
  }
})
