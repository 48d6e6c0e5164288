import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@durably/source', 'module', 'node', 'development|production'] } },
  // The tests start processes, which takes a busy machine its time.
  test: { testTimeout: 120_000, name: 'example-node', environment: 'node', include: ['test/**/*.test.ts'] },
})
