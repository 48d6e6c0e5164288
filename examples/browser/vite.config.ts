import { defineConfig } from 'vite'

export default defineConfig({
  // Inside this repository the packages are used as sources; an application needs no configuration at all.
  resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
  worker: { format: 'es' },
})
