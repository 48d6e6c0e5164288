import { join } from 'node:path'
import { build, type PreviewServer, preview } from 'vite'

const ROOT = join(import.meta.dirname, 'page')
const OUT = join(import.meta.dirname, '../dist')

/** Builds the page and serves it, isolated, which stock sqlocal needs. */
export async function serve(): Promise<PreviewServer> {
  const shared = {
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: { outDir: OUT, emptyOutDir: true },
  } as const
  await build({
    ...shared,
    resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
    worker: { format: 'es' },
    build: { ...shared.build, target: 'es2022' },
  })
  return preview({
    ...shared,
    preview: {
      port: 0,
      host: 'localhost',
      headers: {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      },
    },
  })
}
