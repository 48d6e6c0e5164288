import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Stands between a client and a server, and loses some of what passes. */
export interface LossyProxy {
  readonly url: string
  /** Answers that were lost after the server had done its work. */
  readonly lostResponses: () => number
  close(): void
}

/**
 * @param fate Asked for each request that may write: lose it on its way there, lose the answer on its way back, or neither.
 */
export async function lossyProxy(
  target: string,
  fate: () => 'request' | 'response' | null,
): Promise<LossyProxy> {
  let lostResponses = 0
  const server = createServer(async (request, response) => {
    const loses = request.method === 'POST' ? fate() : null
    const body = await buffer(request)
    if (loses === 'request') {
      request.socket.destroy()
      return
    }
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      ...(body.length === 0 ? {} : { body }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (loses === 'response') {
      lostResponses += 1
      request.socket.destroy()
      return
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(bytes)
  })
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    lostResponses: () => lostResponses,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
