import { describe, expect, it } from 'vitest'
import { createDurably, defineJob } from '../src/index.ts'
import { MemoryDatabase, memoryStorage, virtualTime } from '../src/testing/index.ts'

const job = defineJob({ name: 'job' }, async (step) => {
  if (step.generation === 1) await new Promise(() => undefined)
  return step.generation
})

/** Two hosts, one after the other, on one database. The first one executed as many runs as it was allowed to. */
async function hosts(exclusive: boolean, firstConcurrency = 1) {
  const time = virtualTime()
  const database = new MemoryDatabase()
  const boot = (concurrency: number) =>
    createDurably({
      storage: time.wrap(memoryStorage({ database, exclusive })),
      jobs: { job },
      concurrency,
      clock: time.clock,
      scheduler: time.scheduler,
    })
  const first = boot(firstConcurrency)
  await first.migrate()
  first.start()
  const runs = await first.jobs.job.batchTrigger(Array.from({ length: firstConcurrency }, () => ({})))
  await time.settle()
  return { time, second: boot(1), ids: runs.map((run) => run.id) }
}

describe('a host that owns the database alone', () => {
  it("takes over another owner's runs at once, without waiting for their leases", async () => {
    const { time, second, ids } = await hosts(true)
    second.start()
    await time.settle()
    expect(await second.getRuns()).toMatchObject(ids.map((id) => ({ id, status: 'completed', output: 2 })))
  })

  it('takes over all runs of its predecessor at once, however few slots it has', async () => {
    const { time, second, ids } = await hosts(true, 3)
    second.start()
    await time.settle()
    expect(await second.getRuns({ status: 'completed' })).toHaveLength(ids.length)
  })

  it('takes over no run of a pass when it is started during one', async () => {
    const time = virtualTime()
    const slow = Promise.withResolvers<void>()
    const generations: number[] = []
    const slowJob = defineJob({ name: 'slow' }, async (step) => {
      generations.push(step.generation)
      await slow.promise
    })
    const durably = createDurably({
      storage: time.wrap(memoryStorage({ exclusive: true })),
      jobs: { slowJob },
      clock: time.clock,
      scheduler: time.scheduler,
    })
    await durably.migrate()
    await durably.jobs.slowJob.trigger()
    const pass = durably.processOne()
    await time.settle()
    durably.start()
    await time.settle()
    slow.resolve()
    expect(await pass).toMatchObject({ status: 'completed', generation: 1 })
    expect(generations).toEqual([1])
    await durably.stop()
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
    const { time, second, ids } = await hosts(false)
    second.start()
    await time.settle()
    expect(await second.getRuns()).toMatchObject(ids.map((id) => ({ id, status: 'running', generation: 1 })))
  })
})
