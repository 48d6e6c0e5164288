import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

let folder: Promise<string> | undefined

/** The folder with the page's files, built once by each process and removed at its end. */
export function builtPage(): Promise<string> {
  folder ??= buildPage()
  return folder
}

async function buildPage(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'durably-page-'))
  process.once('exit', () => rmSync(outDir, { recursive: true, force: true }))
  await build({
    root: join(import.meta.dirname, 'page'),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2022' },
  })
  return outDir
}
