import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { build } from 'vite'
import type { JournalEntry } from './page/journal-entry.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** An entry of the journal, and when it arrived. */
export type Noted = JournalEntry & { readonly atMs: number }

/** Serves the page, built once, and keeps the journal of what pages tell. */
export class Site {
  readonly journal: Noted[] = []
  readonly #folder: string
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor(folder: string) {
    this.#folder = folder
    this.#server = createServer((request, response) => {
      if (request.method === 'POST') {
        let text = ''
        request.on('data', (piece) => {
          text += piece
        })
        request.on('end', () => {
          this.#note(JSON.parse(text))
          response.end()
        })
        return
      }
      const path = join(this.#folder, new URL(request.url ?? '/', 'http://page').pathname)
      const file = extname(path) === '' ? join(this.#folder, 'index.html') : path
      if (!existsSync(file)) return response.writeHead(404).end()
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' })
      return response.end(readFileSync(file))
    })
  }

  static async open(): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'durably-site-'))
    await build({
      root: join(import.meta.dirname, 'page'),
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@durably/source', 'module', 'browser', 'development|production'] },
      worker: { format: 'es' },
      build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
    })
    const site = new Site(folder)
    await new Promise<void>((resolve) => site.#server.listen(0, resolve))
    return site
  }

  get origin(): string {
    return `http://localhost:${this.#port}`
  }

  /** The same page by the machine's own address, which is no secure context; null: it has none. */
  get insecureOrigin(): string | null {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    const own = addresses.find(({ internal, family }) => !internal && family === 'IPv4')
    return own === undefined ? null : `http://${own.address}:${this.#port}`
  }

  /** The address of the page for a tab of that name. */
  page(tab: string, settings: Readonly<Record<string, string | number>> = {}): string {
    const parameters = new URLSearchParams({ tab })
    for (const [name, value] of Object.entries(settings)) parameters.set(name, String(value))
    return `${this.origin}/?${parameters}`
  }

  /** Waits for an entry, from now on unless an earlier time is given. */
  async next(
    matches: (entry: Noted) => boolean,
    budgetMs = 20_000,
    sinceMs = performance.now(),
  ): Promise<Noted> {
    const giveUpAt = performance.now() + budgetMs
    for (;;) {
      const found = this.journal.find((entry) => entry.atMs >= sinceMs && matches(entry))
      if (found !== undefined) return found
      const restMs = giveUpAt - performance.now()
      if (restMs <= 0) throw new Error('The pages did not say what was waited for.')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs)
        this.#waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  dispose(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #note(entry: JournalEntry): void {
    this.journal.push({ ...entry, atMs: performance.now() })
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}
