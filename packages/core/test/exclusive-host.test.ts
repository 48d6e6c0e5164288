import { describe, expect, it } from 'vitest'
import { createDurably, defineJob } from '../src/index.ts'
import { MemoryDatabase, memoryStorage, virtualTime } from '../src/testing/index.ts'

const job = defineJob({ name: 'job' }, async (step) => {
  if (step.generation === 1) await new Promise(() => undefined)
  return step.generation
})

/** Two hosts, one after the other, on one database. */
async function hosts(exclusive: boolean) {
  const time = virtualTime()
  const database = new MemoryDatabase()
  const boot = () =>
    createDurably({
      storage: time.wrap(memoryStorage({ database, exclusive })),
      jobs: { job },
      clock: time.clock,
      scheduler: time.scheduler,
    })
  const first = boot()
  await first.migrate()
  first.start()
  const { id } = await first.jobs.job.trigger()
  await time.settle()
  return { time, second: boot(), id }
}

describe('a host that owns the database alone', () => {
  it("takes over another owner's runs at once, without waiting for their leases", async () => {
    const { time, second, id } = await hosts(true)
    second.start()
    await time.settle()
    expect(await second.getRun(id)).toMatchObject({ status: 'completed', output: 2 })
  })

  it('does not take over its own runs', async () => {
    const time = virtualTime()
    const durably = createDurably({
      storage: time.wrap(memoryStorage({ exclusive: true })),
      jobs: { job },
      clock: time.clock,
      scheduler: time.scheduler,
    })
    await durably.migrate()
    durably.start()
    const { id } = await durably.jobs.job.trigger()
    await time.advance(120_000)
    expect(await durably.getRun(id)).toMatchObject({ status: 'running', generation: 1 })
  })
})

describe('a host that shares the database', () => {
  it('waits until the leases of others have ended', async () => {
    const { time, second, id } = await hosts(false)
    second.start()
    await time.settle()
    expect(await second.getRun(id)).toMatchObject({ status: 'running', generation: 1 })
  })
})
