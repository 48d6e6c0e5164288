import { defineConfig } from 'vitest/config'
import { chromiumProvider } from '../../config/browser.ts'

export default defineConfig({
  resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
  test: {
    name: 'example-browser',
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: chromiumProvider(),
      instances: [{ browser: 'chromium' }],
    },
  },
})
