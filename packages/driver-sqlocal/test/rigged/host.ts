import type { SyncAccessHandle } from '../../src/worker/gathered-log.ts'
import type { FromHost, ToHost } from './protocol.ts'

/** What a worker has besides the types of a page, as far as it is rigged. */
interface RiggedScope {
  readonly FileSystemSyncAccessHandle: { readonly prototype: SyncAccessHandle }
  BroadcastChannel: typeof BroadcastChannel
  postMessage(message: FromHost): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ToHost>) => void): void
}

/** How the pool lays out the file of a database: what it is, and then the pages. In a log, pages stand elsewhere. */
const HEADER_BYTES = 4096
const PAGE_BYTES = 8192

/** Makes the host of this worker do what its page says. To be called before the worker is told anything. */
export function rigHost(): void {
  const scope = globalThis as unknown as RiggedScope
  const handles = scope.FileSystemSyncAccessHandle.prototype
  const { write } = handles
  let isFull = false

  scope.addEventListener('message', ({ data }) => {
    if (data.type === 'rigged:full') isFull = data.isFull
  })
  handles.write = function (bytes, options) {
    const isPage = bytes.byteLength === PAGE_BYTES && (options.at - HEADER_BYTES) % PAGE_BYTES === 0
    if (!isFull || !isPage) return write.call(this, bytes, options)
    scope.postMessage({ type: 'rigged:refused' })
    throw new DOMException('There is no room.', 'QuotaExceededError')
  }
  scope.BroadcastChannel = class extends BroadcastChannel {
    constructor(name: string) {
      super(name)
      scope.postMessage({ type: 'rigged:channel', name })
    }
  }
}
