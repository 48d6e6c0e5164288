import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@durably/source', 'module', 'node', 'development|production'] } },
  // The tests start processes, which takes a busy machine its time.
  test: {
    testTimeout: 60_000,
    name: 'example-http-server',
    environment: 'node',
    include: ['test/**/*.test.ts'],
  },
})
