import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@durably/source', 'module', 'node', 'development|production'] } },
  // Some cases store thousands of runs, which takes a busy machine its time.
  test: {
    testTimeout: 60_000,
    name: 'example-custom-driver',
    environment: 'node',
    include: ['test/**/*.test.ts'],
  },
})
