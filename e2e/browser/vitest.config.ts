import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@durably/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'e2e-browser',
    environment: 'node',
    include: ['test/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // One browser at a time, so that a takeover is timed without a neighbour.
    fileParallelism: false,
  },
})
