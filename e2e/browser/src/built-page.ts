import { join } from 'node:path'
import { build } from 'vite'

/** Files of the page by their path, with a leading slash. */
export type BuiltPage = ReadonlyMap<string, string | Uint8Array>

let page: Promise<BuiltPage> | undefined

/** The page as an application would ship it, built once by each process and kept in memory. */
export function builtPage(): Promise<BuiltPage> {
  page ??= buildPage()
  return page
}

async function buildPage(): Promise<BuiltPage> {
  const built = await build({
    root: join(import.meta.dirname, 'page'),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
    worker: { format: 'es' },
    build: { write: false, target: 'es2022' },
  })
  if (!('output' in built)) throw new Error('There must be one page.')
  return new Map(
    built.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  )
}
