import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      'packages/*/vitest.config.ts',
      'packages/driver-sqlocal/vitest.compatibility.config.ts',
      'examples/*/vitest.config.ts',
      'bench/vitest.config.ts',
      'e2e/vitest.config.ts',
      'e2e/browser/vitest.config.ts',
    ],
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})
