const CONNECT_BUDGET_MS = 10_000

/** Chromium's debugging protocol over one WebSocket: commands with answers, and events. */
export class Cdp {
  readonly #socket: WebSocket
  readonly #pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', (event) => this.#hear(JSON.parse(String(event.data))))
    socket.addEventListener('close', () => this.#end())
  }

  static connect(url: string): Promise<Cdp> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url)
      const timer = setTimeout(() => socket.close(), CONNECT_BUDGET_MS)
      socket.addEventListener('open', () => {
        clearTimeout(timer)
        resolve(new Cdp(socket))
      })
      socket.addEventListener('error', () => reject(new Error(`No connection to ${url}.`)))
    })
  }

  /** @throws Error with what the browser says, or when it does not answer within the budget */
  send<Result>(
    method: string,
    parameters: object = {},
    sessionId?: string,
    budgetMs = 30_000,
  ): Promise<Result> {
    this.#lastId++
    const id = this.#lastId
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new Error(`${method} was not answered within ${budgetMs} ms.`))
      }, budgetMs)
      this.#pending.set(id, {
        resolve: (result) => {
          clearTimeout(timer)
          resolve(result as Result)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#socket.send(
        JSON.stringify({ id, method, params: parameters, ...(sessionId ? { sessionId } : {}) }),
      )
    })
  }

  /** Sends a command that will not be answered: the one that ends its own target. */
  sendOff(method: string, sessionId: string): void {
    this.#lastId++
    this.#socket.send(JSON.stringify({ id: this.#lastId, method, sessionId }))
  }

  close(): void {
    this.#socket.close()
  }

  #hear(message: { id?: number; result?: unknown; error?: { message: string } }): void {
    if (message.id === undefined) return
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.error) pending?.reject(new Error(message.error.message))
    else pending?.resolve(message.result)
  }

  #end(): void {
    for (const { reject } of this.#pending.values()) reject(new Error('The browser is gone.'))
    this.#pending.clear()
  }
}
