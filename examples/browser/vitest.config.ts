import { defineConfig } from 'vitest/config'
import { chromiumProvider } from '../../config/browser.ts'

export default defineConfig({
  resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
  // Found only when the worker is loaded, which would reload the page in the middle of a test.
  optimizeDeps: {
    include: ['@durably/driver-sqlocal > sqlocal', '@durably/driver-sqlocal > @sqlite.org/sqlite-wasm'],
  },
  test: {
    name: 'example-browser',
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: chromiumProvider(),
      instances: [{ browser: 'chromium' }],
    },
  },
})
