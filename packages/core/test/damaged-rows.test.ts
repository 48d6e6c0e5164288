import { describe, expect, it } from 'vitest'
import { createDurably, defineJob, type RunRecord, type StandardSchema } from '../src/index.ts'
import { MemoryDatabase, memoryStorage, virtualTime } from '../src/testing/index.ts'

const anyText: StandardSchema<string> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as string }) },
}

/** An instance whose stored rows the test may damage. */
async function open() {
  const time = virtualTime()
  const database = new MemoryDatabase()
  const bodies: string[] = []
  const job = defineJob({ name: 'job', input: anyText }, async (step, text) => {
    await step.run('one', () => bodies.push('one'))
    await step.run('two', () => {
      bodies.push('two')
      if (bodies.length === 2) throw new Error('first time')
    })
    return text
  })
  const durably = createDurably({
    storage: time.wrap(memoryStorage({ database })),
    jobs: { job },
    clock: time.clock,
    scheduler: time.scheduler,
  })
  await durably.migrate()
  const damage = (runId: string, changes: Partial<RunRecord>) => {
    const row = database.runs.get(runId)
    if (row) row.record = { ...row.record, ...changes }
  }
  return { durably, job: durably.jobs.job, database, damage, bodies }
}

describe('a damaged row', () => {
  it('never breaks a listing: what cannot be read is null and named', async () => {
    const { durably, job, damage } = await open()
    const sound = await job.trigger('sound')
    const broken = await job.trigger('broken', { labels: { a: 'b' } })
    damage(broken.id, {
      inputJson: '{',
      progressJson: 'nonsense',
      labelsJson: '[',
      errorJson: '"',
      createdAt: 9e99,
    })
    const runs = await durably.getRuns()
    expect(runs.map((run) => run.id)).toEqual([broken.id, sound.id])
    expect(runs[0]).toMatchObject({ input: null, progress: null, labels: {}, error: null })
    expect(runs[0]?.damaged.toSorted()).toEqual(['error', 'input', 'labels', 'progress'])
    expect(runs[1]?.damaged).toEqual([])
  })

  it('fails its run with CORRUPT_ROW when its input cannot be read, and disturbs no other', async () => {
    const { durably, job, damage, bodies } = await open()
    const broken = await job.trigger('broken')
    const sound = await job.trigger('sound')
    damage(broken.id, { inputJson: '{' })
    expect((await durably.processUntilIdle()).processed).toBe(2)
    expect(await durably.getRun(broken.id)).toMatchObject({
      status: 'failed',
      error: { code: 'CORRUPT_ROW' },
    })
    expect((await durably.getRun(sound.id))?.status).toBe('failed')
    expect(bodies).toEqual(['one', 'two'])
  })

  it('fails its run with CORRUPT_ROW when a recorded step cannot be read, and does not execute that step again', async () => {
    const { durably, job, database, bodies } = await open()
    const { id } = await job.trigger('text')
    await durably.processUntilIdle()
    const row = database.runs.get(id)
    if (row) row.steps = row.steps.map((step) => (step.name === 'one' ? { ...step, outputJson: '{' } : step))
    await durably.retry(id)
    await durably.processUntilIdle()
    expect(await durably.getRun(id)).toMatchObject({ status: 'failed', error: { code: 'CORRUPT_ROW' } })
    expect(bodies).toEqual(['one', 'two'])
    expect((await durably.getSteps(id))[0]).toMatchObject({ name: 'one', output: null, damaged: ['output'] })
  })
})
