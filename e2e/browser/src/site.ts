import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type BuiltPage, builtPage } from './built-page.ts'
import type { JournalEntry } from './page/journal-entry.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

const NEXT_BUDGET_MS = 20_000

/** An entry of the journal, and when it arrived. */
export type Noted = JournalEntry & { readonly atMs: number }

/** Parameters of a page's address. */
export type PageSettings = Readonly<Record<string, string | number>>

/** Serves the page, keeps the journal of what pages tell, and takes the database they hand in. */
export class Site {
  readonly journal: Noted[] = []
  readonly #page: BuiltPage
  /** Sent with every answer. */
  readonly #headers: Readonly<Record<string, string>>
  readonly #folder = mkdtempSync(join(tmpdir(), 'durably-site-'))
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor(page: BuiltPage, headers: Readonly<Record<string, string>>) {
    this.#page = page
    this.#headers = headers
    this.#server = createServer((request, response) => {
      if (request.method !== 'POST') return this.#serve(request, response)
      this.#take(request).then(
        () => response.end(),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    })
  }

  static async open(headers: Readonly<Record<string, string>> = {}): Promise<Site> {
    const site = new Site(await builtPage(), headers)
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

  /** Where the database is that a page has handed in. */
  get database(): string {
    return join(this.#folder, 'handed-in.db')
  }

  /** The address of the page for a tab of that name. */
  page(tab: string, settings: PageSettings = {}): string {
    const parameters = new URLSearchParams({ tab })
    for (const [name, value] of Object.entries(settings)) parameters.set(name, String(value))
    return `${this.origin}/?${parameters}`
  }

  note(entry: JournalEntry): void {
    this.journal.push({ ...entry, atMs: performance.now() })
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Waits for an entry that arrives from now on, or from an earlier time on. */
  async next(matches: (entry: Noted) => boolean, sinceMs = performance.now()): Promise<Noted> {
    const giveUpAt = performance.now() + NEXT_BUDGET_MS
    for (;;) {
      const found = this.journal.find((entry) => entry.atMs >= sinceMs && matches(entry))
      if (found !== undefined) return found
      const restMs = giveUpAt - performance.now()
      if (restMs <= 0) throw new Error(`The pages did not tell what was waited for: ${matches}`)
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

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    const path = pathname === '/' ? '/index.html' : pathname
    const file = this.#page.get(path)
    if (file === undefined) return void response.writeHead(404).end()
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    response.writeHead(200, { ...this.#headers, 'Content-Type': type }).end(file)
  }

  async #take(request: IncomingMessage): Promise<void> {
    const body = await buffer(request)
    if (request.url === '/database') writeFileSync(this.database, body)
    else this.note(JSON.parse(body.toString()))
  }
}
