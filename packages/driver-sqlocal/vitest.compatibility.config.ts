import sqlocal from 'sqlocal/vite'
import { defineConfig } from 'vitest/config'
import { chromiumProvider } from '../../config/browser.ts'

/** A client of the application on the VFS `opfs`, which needs a page that is isolated. */
export default defineConfig({
  resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
  plugins: [sqlocal({ coi: false })],
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  test: {
    name: 'driver-sqlocal-compatibility',
    include: ['test/compatibility/*.test.ts'],
    testTimeout: 60_000,
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
