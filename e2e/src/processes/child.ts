import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Report, ReportOf } from './report.ts'
import { waitUntil } from './wait-until.ts'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Who a process runs as. */
export interface ChildOptions {
  readonly uid?: number
  readonly gid?: number
}

/** Hundreds of processes are started: compiling the same sources each time would be most of what they do. */
const COMPILE_CACHE = join(tmpdir(), 'durably-e2e-compile-cache')

const running = new Set<Child>()
process.on('exit', () => {
  for (const child of running) child.signal('SIGKILL')
})

/** A process that executes one of the programs in `programs/`. */
export class Child {
  readonly name: string
  /** What it has said so far. */
  readonly reports: Report[] = []
  readonly #process: ChildProcess
  readonly #exit: Promise<Exit>
  #errors = ''
  #exited: Exit | undefined

  constructor(name: string, config: object, options: ChildOptions = {}) {
    this.name = name
    const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))
    const child = spawn(
      process.execPath,
      ['--conditions=@durably/source', '--disable-warning=ExperimentalWarning', file, JSON.stringify(config)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
        ...options,
      },
    )
    this.#process = child
    running.add(this)
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => this.reports.push(JSON.parse(line)))
    }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text
    })
    this.#exit = once(child, 'close').then(([code, signal]) => {
      running.delete(this)
      this.#exited = { code, signal }
      return this.#exited
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#exited === undefined) this.#process.kill(signal)
  }

  /** Ends it as a crash would, and waits for its end. */
  kill(): Promise<Exit> {
    this.signal('SIGKILL')
    return this.#exit
  }

  /** The reports of one kind so far. */
  all<Kind extends Report['kind']>(kind: Kind): readonly ReportOf<Kind>[] {
    return this.reports.filter((report): report is ReportOf<Kind> => report.kind === kind)
  }

  /** The first report of this kind that fits. */
  until<Kind extends Report['kind']>(
    kind: Kind,
    fits: (report: ReportOf<Kind>) => boolean = () => true,
    timeoutMs?: number,
  ): Promise<ReportOf<Kind>> {
    return waitUntil(
      `a report "${kind}" of ${this.name}`,
      () => {
        const found = this.all(kind).find(fits)
        if (found === undefined && this.#exited) throw new Error(this.#endedEarly(kind))
        return found
      },
      timeoutMs,
    )
  }

  /** Waits for it to end by itself, without anything uncaught. */
  async ended(timeoutMs = 20_000): Promise<Exit> {
    const exit = await waitUntil(`the end of ${this.name}`, () => this.#exited, timeoutMs)
    const [uncaught] = this.all('uncaught')
    if (uncaught) throw new Error(`${this.name}: ${uncaught.message}`)
    return exit
  }

  #endedEarly(kind: string): string {
    return `${this.name} ended before its report "${kind}". It reported ${JSON.stringify(this.reports)} ${this.#errors}`
  }
}

/** Waits until all racers are ready, and lets them begin at the same moment. */
export async function beginTogether(racers: readonly Child[]): Promise<void> {
  await Promise.all(racers.map((racer) => racer.until('ready')))
  for (const racer of racers) racer.signal('SIGUSR2')
}

/** Kills every child that is left. */
export async function killChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()))
}
