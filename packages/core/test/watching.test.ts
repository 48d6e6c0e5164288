import { describe, expect, it } from 'vitest'
import { createDurably, defineJob, type Storage } from '../src/index.ts'
import { MemoryDatabase, memoryStorage, virtualTime } from '../src/testing/index.ts'

const job = defineJob({ name: 'job' }, () => 'done')

describe('a storage that can tell when another process has written', () => {
  it('wakes the worker at once, for as long as it is started', async () => {
    const time = virtualTime()
    const database = new MemoryDatabase()
    const listeners = new Set<() => void>()
    const watchable: Storage = {
      ...memoryStorage({ database }),
      watch: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const settings = { jobs: { job }, clock: time.clock, scheduler: time.scheduler, pollingInterval: 60_000 }
    const worker = createDurably({ ...settings, storage: time.wrap(watchable) })
    const caller = createDurably({ ...settings, storage: time.wrap(memoryStorage({ database })) })
    await worker.migrate()
    worker.start()
    await time.settle()
    const { id } = await caller.jobs.job.trigger()
    await time.settle()
    expect((await caller.getRun(id))?.status).toBe('pending')
    for (const listener of listeners) listener()
    await time.settle()
    expect((await caller.getRun(id))?.status).toBe('completed')
    await worker.stop()
    expect(listeners.size).toBe(0)
  })
})
