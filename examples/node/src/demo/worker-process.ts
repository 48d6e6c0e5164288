import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** The import command of this example, running in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown[]>
  #errors = ''

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, ['--conditions=@durably/source', MAIN, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#ended = once(this.#child, 'exit')
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** `kill -9`: no handler runs, nothing is flushed, nothing is said to the database. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    const [, signal] = await this.#ended
    if (signal !== 'SIGKILL')
      throw new Error(`Worker ${this.pid} ended before it could be killed. ${this.#errors}`)
  }

  /** Waits until it ends by itself. */
  async end(): Promise<void> {
    const [code] = await this.#ended
    if (code !== 0) throw new Error(`Worker ${this.pid} ended with code ${code}. ${this.#errors}`)
  }

  /** For the way out after a failure. */
  abandon(): void {
    this.#child.kill('SIGKILL')
  }
}
