import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Problem } from '../src/problem.ts'
import type { RunView } from '../src/reports.ts'

const LONG_ENOUGH_MS = 60_000

/** A server or worker in a process of its own; killed at the end of the test if it still lives. */
class Child {
  readonly #process: ChildProcessByStdio<null, Readable, null>
  readonly #lines: AsyncIterator<string>

  constructor(script: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`../src/${script}.ts`, import.meta.url))
    this.#process = spawn(process.execPath, ['--conditions=@durably/source', path, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]()
    onTestFinished(() => void this.#process.kill('SIGKILL'))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The next line it prints. */
  async line(): Promise<string> {
    return (await this.#lines.next()).value ?? ''
  }

  /** Asks it to end, and answers how it did. */
  async end(signal: NodeJS.Signals): Promise<unknown> {
    const exit = once(this.#process, 'exit')
    this.#process.kill(signal)
    const [code] = await exit
    return code
  }
}

/** A server on a free port, with a database and an outbox (which does not exist yet) of its own. */
async function startServer(framework: string, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'durably-http-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const outbox = join(folder, 'outbox')
  const shared = ['--db', join(folder, 'reports.db'), '--outbox', outbox]
  const server = new Child(framework, ['--port', '0', ...shared, ...args])
  const [url] = /http:\S+/.exec(await server.line()) ?? ['']

  async function send<Answer = RunView>(method: 'GET' | 'POST', path: string, body?: unknown, headers = {}) {
    const response = await fetch(url + path, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer }
  }

  /** Polls a run until it has ended. */
  async function poll(path: string) {
    const seen: RunView[] = []
    await expect
      .poll(
        async () => {
          const { body } = await send('GET', path)
          seen.push(body)
          return body.status
        },
        { interval: 20, timeout: LONG_ENOUGH_MS },
      )
      .toMatch(/completed|failed|cancelled/)
    return { run: seen.at(-1) as RunView, seen }
  }

  return { server, outbox, shared, send, poll }
}

describe.each(['express', 'fastify'])('with %s', (framework) => {
  it('takes a report in, shows its progress, and completes it', async () => {
    const { outbox, send, poll } = await startServer(framework)
    mkdirSync(outbox)
    const accepted = await send('POST', '/reports', { title: 'Sales', sections: 4 })
    expect(accepted.status).toBe(202)
    expect(accepted.body).toMatchObject({ status: 'pending', input: { title: 'Sales', sections: 4 } })

    const { run, seen } = await poll(accepted.headers.get('location') ?? '')
    expect(run).toMatchObject({ status: 'completed', progress: { current: 4, total: 4 }, error: null })
    expect(seen.some(({ progress }) => progress !== null && progress.current < 4)).toBe(true)
    const { file } = run.output as { file: string }
    expect(readFileSync(file, 'utf8')).toMatch(/^# Sales\n\n## 1\. [\s\S]+## 4\. /)
  })

  it('lists a failed report, and retries it without doing recorded steps again', async () => {
    const { server, outbox, shared, send, poll } = await startServer(framework)
    const { body: accepted } = await send('POST', '/reports', { title: 'Sales', sections: 2 })
    const { run: failed } = await poll(`/runs/${accepted.id}`)
    expect(failed).toMatchObject({ status: 'failed', error: { step: 'publish' } })
    expect(failed.error?.message).toContain('ENOENT')
    expect((await send('GET', '/runs?status=failed')).body).toEqual([failed])

    // Another process finishes it: the sections it finds recorded were written by this one.
    expect(await server.end('SIGTERM')).toBe(0)
    mkdirSync(outbox)
    const second = new Child(framework, ['--port', '0', ...shared])
    const [url] = /http:\S+/.exec(await second.line()) ?? ['']
    const retried = await fetch(`${url}/runs/${accepted.id}/retry`, { method: 'POST' })
    expect(retried.status).toBe(200)
    const file = join(outbox, `${accepted.id}.md`)
    await expect.poll(() => readIfThere(file), { timeout: LONG_ENOUGH_MS }).toContain('## 2. ')
    expect(writersOf(file)).toEqual([server.pid])
    expect(await second.end('SIGTERM')).toBe(0)
  })

  it("answers the client's mistakes", async () => {
    const { send } = await startServer(framework, '--no-worker')
    const invalid = await send<Problem['body']>('POST', '/reports', { title: '', sections: 1_000 })
    expect(invalid).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } })
    expect(invalid.body.message).toContain('sections')
    expect(await send('POST', '/reports')).toMatchObject({ status: 400 })
    expect(await send('POST', '/reports', '{"title":')).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST' },
    })
    expect(await send('GET', '/runs/nobody')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await send('GET', '/runs?status=tired')).toMatchObject({
      status: 400,
      body: { code: 'OPTION_INVALID' },
    })
    expect(await send('GET', '/runs?status=failed&status=pending')).toMatchObject({ status: 200, body: [] })

    const { body: run } = await send('POST', '/reports', { title: 'Sales' })
    expect(await send('POST', `/runs/${run.id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT' },
    })
    expect(await send('POST', `/runs/${run.id}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    })
  })

  it('takes a request sent twice with one idempotency key in once', async () => {
    const { send } = await startServer(framework, '--no-worker')
    const key = { 'idempotency-key': 'order-7' }
    const first = await send('POST', '/reports', { title: 'Sales' }, key)
    const second = await send('POST', '/reports', { title: 'Sales' }, key)
    expect(second.body.id).toBe(first.body.id)
    expect((await send('GET', '/runs')).body).toHaveLength(1)
  })

  it('leaves the work to a worker process beside it', async () => {
    const { server, outbox, shared, send, poll } = await startServer(framework, '--no-worker')
    mkdirSync(outbox)
    const { body: accepted } = await send('POST', '/reports', { title: 'Sales', sections: 2 })
    const worker = new Child('worker', shared)
    expect(await worker.line()).toContain(`worker ${worker.pid}`)
    const { run } = await poll(`/runs/${accepted.id}`)
    expect(run.status).toBe('completed')
    const { file } = run.output as { file: string }
    expect(writersOf(file)).toEqual([worker.pid])
    expect(await worker.end('SIGINT')).toBe(0)
    expect(await server.end('SIGINT')).toBe(0)
  })

  it('finishes what it is executing before it ends on SIGTERM', async () => {
    const { server, outbox, send } = await startServer(framework)
    mkdirSync(outbox)
    const { body: accepted } = await send('POST', '/reports', { title: 'Sales', sections: 5 })
    await expect
      .poll(async () => (await send('GET', `/runs/${accepted.id}`)).body.status, {
        interval: 20,
        timeout: LONG_ENOUGH_MS,
      })
      .toBe('running')
    expect(await server.end('SIGTERM')).toBe(0)
    expect(readFileSync(join(outbox, `${accepted.id}.md`), 'utf8')).toContain('## 5. ')
  })
})

/** The processes that wrote the sections of a report. */
function writersOf(file: string): number[] {
  const matches = readFileSync(file, 'utf8').matchAll(/Written by process (\d+)/g)
  return [...new Set([...matches].map((match) => Number(match[1])))]
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
