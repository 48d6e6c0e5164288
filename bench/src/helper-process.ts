import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import type { Task } from './trial.ts'

/** Another process that takes part in a measurement: it gets the task, reports once that it is ready, and then talks by messages. */
export class HelperProcess {
  readonly #child: ChildProcess
  readonly #reports: AsyncIterator<unknown[]>

  private constructor(program: URL, task: Task) {
    this.#child = fork(program, [JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#reports = on(this.#child, 'message', { close: ['exit'] })[Symbol.asyncIterator]()
  }

  /** Starts the program; resolves when it is ready. */
  static async start(program: URL, task: Task): Promise<HelperProcess> {
    const helper = new HelperProcess(program, task)
    await helper.nextReport()
    return helper
  }

  /** Tells the program to go on. */
  send(message: string): void {
    this.#child.send(message)
  }

  /** What the program reports next; none gets lost between two calls. Rejects when the program ends instead. */
  async nextReport(): Promise<unknown> {
    const { value, done } = await this.#reports.next()
    if (done === true) throw new Error('a helper process ended before it had reported')
    return value[0]
  }

  /** Resolves when the program has ended by itself. */
  async ended(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }
}

/** In a helper process: the task it was given. */
export function helperTask(): Task {
  return JSON.parse(process.argv[2] ?? '') as Task
}

/** In a helper process: sends a report; resolves once it is on its way, so that ending afterwards does not lose it. */
export function report(value: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(value, undefined, undefined, (error) => (error === null ? resolve() : reject(error)))
  })
}

/** In a helper process: waits for the next message. */
export async function nextMessage(): Promise<void> {
  await once(process, 'message')
}
