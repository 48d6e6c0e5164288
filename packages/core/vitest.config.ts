import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@durably/source', 'module', 'node', 'development|production'] } },
  test: { name: 'core', environment: 'node', include: ['{src,test}/**/*.test.ts'] },
})
