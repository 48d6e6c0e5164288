import { DurablyError } from '@durably/core'
import { CallFailed, CallLost } from './call-errors.ts'
import type { AnswerTo, DatabaseCall, DatabasePlace, FromWorker, ToWorker } from './worker/protocol.ts'

/** What the page hears from its worker besides answers. */
export interface WorkerListener {
  /** The alarm that was set. */
  ring(): void
  /** The worker has ended, or cannot be used. Said once, and not after `terminate`. */
  lost(reason: Error): void
}

interface Pending {
  resolve(answer: unknown): void
  reject(reason: Error): void
}

/** The page's side of its worker: calls with answers. */
export class PageWorker {
  readonly worker: Worker
  readonly #listener: WorkerListener
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #alive = true
  #heard = false

  /** @throws DurablyError `STORAGE_UNAVAILABLE` when the worker cannot be made */
  constructor(make: () => Worker, listener: WorkerListener) {
    this.#listener = listener
    try {
      this.worker = make()
    } catch (error) {
      throw notLoaded(error instanceof Error ? error.message : String(error))
    }
    this.worker.addEventListener('message', (event: MessageEvent<FromWorker>) => this.#hear(event.data))
    this.worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.#lose(this.#heard ? new CallLost(`The worker failed: ${event.message}`) : notLoaded(event.message))
    })
  }

  open(place: DatabasePlace, tab: string): Promise<null> {
    return this.#ask((id) => ({ type: 'durably:open', id, place, tab })) as Promise<null>
  }

  call<Call extends DatabaseCall>(call: Call): Promise<AnswerTo<Call>> {
    return this.#ask((id) => ({ type: 'durably:call', id, call })) as Promise<AnswerTo<Call>>
  }

  /** Waits for what is going on and lets go of the file. */
  close(): Promise<null> {
    return this.#ask((id) => ({ type: 'durably:close', id })) as Promise<null>
  }

  setAlarm(delayMs: number | null): void {
    if (this.#alive) this.#post({ type: 'durably:alarm', delayMs })
  }

  /** Ends the worker at once; open calls reject as lost. */
  terminate(reason: string): void {
    this.#end(new CallLost(reason))
  }

  #ask(toMessage: (id: number) => ToWorker): Promise<unknown> {
    if (!this.#alive) return Promise.reject(new CallLost('The worker has ended.'))
    this.#lastId++
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#post(toMessage(id))
    })
  }

  #post(message: ToWorker): void {
    this.worker.postMessage(message)
  }

  #hear(message: FromWorker): void {
    this.#heard = true
    switch (message.type) {
      case 'durably:answer':
        this.#take(message.id)?.resolve(message.answer)
        return
      case 'durably:failure':
        this.#take(message.id)?.reject(new CallFailed(message.failure))
        return
      case 'durably:ring':
        this.#listener.ring()
        return
      case 'durably:gone':
        this.#lose(new CallLost('Another tab has taken the database over.'))
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #lose(reason: Error): void {
    if (!this.#alive) return
    this.#end(reason)
    this.#listener.lost(reason)
  }

  #end(reason: Error): void {
    this.#alive = false
    this.worker.terminate()
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }
}

function notLoaded(detail: string | undefined): DurablyError {
  return new DurablyError(
    'STORAGE_UNAVAILABLE',
    `The driver's worker script could not be loaded${detail ? ` (${detail})` : ''}. Bundle @durably/driver-sqlocal/worker as a file of its own, and hand in worker: () => new Worker(url, { type: 'module' }).`,
  )
}
