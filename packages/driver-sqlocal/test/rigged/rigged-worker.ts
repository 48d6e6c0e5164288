import type { FromWorker } from '../../src/worker/protocol.ts'
import type { FromHost, ToHost } from './protocol.ts'

/** The driver's worker in a host that runs out of room when a test says so, and what can be seen of it from its page. */
export class RiggedWorker {
  /** How many pages were refused for want of room. */
  refusedPages = 0
  /** How many calls failed, those that open the database included. */
  failures = 0
  /** The names of all channels that were opened. */
  readonly channels: string[] = []
  #worker: Worker | undefined

  /** For the option `worker`. */
  readonly make = (): Worker => {
    const worker = new Worker('/dist-test/rigged-worker.js', { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<FromHost | FromWorker>) => {
      if (data.type === 'rigged:refused') this.refusedPages++
      else if (data.type === 'rigged:channel') this.channels.push(data.name)
      else if (data.type === 'durably:failure') this.failures++
    })
    this.#worker = worker
    return worker
  }

  /** While it is full, logs can still be written, pages of databases cannot. */
  setFull(isFull: boolean): void {
    this.#worker?.postMessage({ type: 'rigged:full', isFull } satisfies ToHost)
  }
}
