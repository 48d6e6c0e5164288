import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@durably/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'driver-better-sqlite3',
    environment: 'node',
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
  },
})
