import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // Inside this repository the packages are used as sources; an application needs no configuration for them at all.
  resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
  worker: { format: 'es' },
})
