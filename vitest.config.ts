import { defineConfig } from 'vitest/config'
import { randomSeconds } from './test/random.ts'

export default defineConfig({
  // bench/ may have packages of its own beside it, and a client is another one there.
  resolve: { dedupe: ['@aws-sdk/client-dynamodb'] },
  test: {
    include: ['test/**/*.test.ts'],
    // Where local time is not UTC, a time read in the wrong zone shows. The AWS clients warn of the end of Node 20; what is deployed runs on a newer runtime.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', TZ: 'Asia/Shanghai' },
    // No test is about how long something takes: these only end what hangs. Whole-system tests start servers and the packaging
    // tool, at times on a machine that does other work.
    testTimeout: 300_000 + 3000 * randomSeconds,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    coverage: {
      include: ['shared/**'],
      reporter: ['text'],
      // The files that talk to AWS are judged by the whole-system tests, in a process of their own.
      exclude: [
        'test/**',
        'shared/table.ts',
        'shared/calls-table.ts',
        'shared/held-callbacks.ts',
        'shared/callbacks-queue.ts',
        'shared/call-records-topic.ts',
      ],
      thresholds: { 100: true },
    },
  },
})
