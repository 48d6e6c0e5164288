import { defineConfig } from 'vitest/config'
import { chromiumProvider } from '../../config/browser.ts'

export default defineConfig({
  resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
  server: { headers: { 'Cache-Control': 'max-age=600' } },
  // Found only when a worker is loaded, which would reload the page in the middle of a test.
  optimizeDeps: { include: ['sqlocal', '@sqlite.org/sqlite-wasm', 'kysely', 'fast-check'] },
  test: {
    name: 'driver-sqlocal',
    include: ['test/*.test.ts'],
    testTimeout: 30_000,
    fileParallelism: false,
    globalSetup: 'test/bundled-worker.ts',
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: chromiumProvider(),
      instances: [{ browser: 'chromium' }],
    },
  },
})
