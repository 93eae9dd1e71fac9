import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole-system tests start servers and the packaging tool; two cores under load take their time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      include: ['shared/**'],
      reporter: ['text'],
      // The files that talk to AWS are judged by the whole-system tests, in a process of their own.
      exclude: ['shared/calls-table.ts', 'shared/callbacks-queue.ts', 'shared/call-records-topic.ts'],
      thresholds: { 100: true },
    },
  },
})
