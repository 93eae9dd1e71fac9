import { expect, test, vi } from 'vitest'
import { openMetrics, toMetricsLine } from '../../shared/metrics.ts'

test('counts are one line of the embedded metric format', () => {
  const line = toMetricsLine('a-prod', { 'accepted.aicc.valid': 3, other: 1 }, new Date(1_769_508_000_000))
  expect(line.endsWith('}\n')).toBe(true)
  expect(line.trim()).not.toContain('\n')
  expect(JSON.parse(line)).toEqual({
    _aws: {
      Timestamp: 1_769_508_000_000,
      CloudWatchMetrics: [
        {
          Namespace: 'a-prod',
          Dimensions: [[]],
          Metrics: [{ Name: 'accepted.aicc.valid' }, { Name: 'other' }],
        },
      ],
    },
    'accepted.aicc.valid': 3,
    other: 1,
  })
})

test('are written straight to standard output, if there is anything and anybody to read it', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  openMetrics('a-prod')({})
  openMetrics('')({ a: 1 })
  expect(write).not.toHaveBeenCalled()
  openMetrics('a-prod')({ a: 1 })
  expect(write.mock.calls).toEqual([[expect.stringContaining('"Namespace":"a-prod"')]])
  write.mockRestore()
})
