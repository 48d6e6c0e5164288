import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient } from '@libsql/client'

/** A libSQL server on the loopback interface, with a temporary folder of its own. */
export interface Sqld {
  readonly url: string
  /** What a replica connects to. */
  readonly grpcUrl: string
  /** Ends the process and waits for it; `SIGKILL` for a crash. Idempotent. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same data and ports. */
  restart(): Promise<void>
  /** Stops it and deletes its data. */
  dispose(): Promise<void>
}

export interface SqldOptions {
  /** Makes the server a replica of this one. */
  readonly replicaOf?: Sqld
  readonly environment?: Readonly<Record<string, string>>
}

const READY_WITHIN_MS = 20_000

/** The server's program, or null where npm has none for this platform. */
function sqldProgram(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@sqld/${process.platform}-${process.arch}/package.json`,
    )
    return join(dirname(manifest), 'sqld')
  } catch {
    return null
  }
}

/**
 * Why the tests against a server cannot run here; null: they can.
 *
 * @throws where they have to run: on linux-x64 in CI.
 */
export function sqldMissing(): string | null {
  if (sqldProgram() !== null) return null
  const reason = `there is no sqld for ${process.platform}-${process.arch}`
  if (process.env['CI'] && process.platform === 'linux' && process.arch === 'x64') throw new Error(reason)
  return reason
}

export async function startSqld(options: SqldOptions = {}): Promise<Sqld> {
  const folder = mkdtempSync(join(tmpdir(), 'durably-sqld-'))
  const [httpPort, grpcPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${httpPort}`
  const role = options.replicaOf
    ? ['--primary-grpc-url', options.replicaOf.grpcUrl]
    : ['--grpc-listen-addr', `127.0.0.1:${grpcPort}`]
  const parameters = [
    '--no-welcome',
    '--http-listen-addr',
    `127.0.0.1:${httpPort}`,
    '--db-path',
    folder,
    ...role,
  ]
  let running: Running | undefined

  async function start(): Promise<void> {
    running = launch(parameters, options.environment ?? {})
    await untilReady(url, running)
  }
  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    running?.process.kill(signal)
    await running?.ended
    running = undefined
  }
  await start()
  return {
    url,
    grpcUrl: `http://127.0.0.1:${grpcPort}`,
    stop,
    restart: start,
    async dispose() {
      await stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Drops all tables, so that one server serves many cases. */
export async function emptyDatabase({ url }: Sqld): Promise<void> {
  const client = createClient({ url })
  try {
    const tables = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'libsql%'`
    const { rows } = await client.execute(tables)
    await client.batch(
      rows.map(({ name }) => `DROP TABLE "${name}"`),
      'write',
    )
  } finally {
    client.close()
  }
}

interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<void>
  readonly output: () => string
}

function launch(parameters: readonly string[], environment: Readonly<Record<string, string>>): Running {
  const program = sqldProgram()
  if (program === null) throw new Error(sqldMissing() ?? '')
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000)
    })
  }
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  // A test process that dies takes its servers with it.
  process.once('exit', () => child.kill('SIGKILL'))
  return { process: child, ended, output: () => output }
}

async function untilReady(url: string, running: Running): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MS
  while (performance.now() < giveUpAt && running.process.exitCode === null) {
    const answered = await fetch(`${url}/version`).then(
      (response) => response.ok,
      () => false,
    )
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  running.process.kill('SIGKILL')
  throw new Error(`sqld did not answer at ${url}:\n${running.output()}`)
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
  })
  return promise
}
