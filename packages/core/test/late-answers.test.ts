import { describe, expect, it } from 'vitest'
import { createDurably, defineJob, type Storage } from '../src/index.ts'
import { MemoryDatabase, memoryStorage, virtualTime } from '../src/testing/index.ts'

const ANSWER_MS = 50

const job = defineJob({ name: 'job' }, () => 1)

describe('a storage whose answers take their time', () => {
  it('has what was claimed while close ran out of time handed back before close ends', async () => {
    const time = virtualTime()
    const database = new MemoryDatabase()
    const near = time.wrap(memoryStorage({ database }))
    const remote: Storage = {
      ...near,
      async claim(request) {
        const claims = await near.claim(request)
        await new Promise<void>((resolve) => time.scheduler.after(ANSWER_MS, resolve))
        return claims
      },
    }
    const settings = { jobs: { job }, clock: time.clock, scheduler: time.scheduler }
    const durably = createDurably({ ...settings, storage: remote })
    await durably.migrate()
    durably.start()
    await time.advance(500)
    const { id } = await durably.jobs.job.trigger()
    await time.settle()
    const closing = durably.close({ timeout: 10 })
    await time.advance(5_000)
    await closing
    const other = createDurably({ ...settings, storage: memoryStorage({ database }) })
    expect(await other.getRun(id)).toMatchObject({ status: 'pending', generation: 1 })
  })
})
