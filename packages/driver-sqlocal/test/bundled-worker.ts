import { copyFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const FOLDER = join(import.meta.dirname, '../dist-test')

/**
 * Bundles the worker with esbuild, which does not follow worker URLs, as the documentation shows it: the script, and the wasm
 * beside it. The suites use this one, since a worker of thirty modules a case would take most of their time.
 *
 * Beside it stands the same worker in a host that does what a test wants.
 */
export default async function bundleWorker(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await build({
    entryPoints: {
      'durably-worker': join(import.meta.dirname, '../src/worker/worker.ts'),
      'rigged-worker': fileURLToPath(new URL('./rigged/worker.ts', import.meta.url)),
    },
    outdir: FOLDER,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@durably/source', 'browser'],
  })
  const wasm = createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm')
  await copyFile(wasm, join(FOLDER, 'sqlite3.wasm'))
}
