/** Written so that bundlers find the worker and make a file of it. */
export function makeWorker(): Worker {
  return new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'durably' })
}
