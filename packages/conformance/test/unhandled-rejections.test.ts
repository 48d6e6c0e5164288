import { setImmediate as turn } from 'node:timers/promises'
import { createDurably, type Durably, defineJob } from '@durably/core'
import { memoryStorage, virtualTime } from '@durably/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const job = defineJob({ name: 'job' }, async (step) => {
  step.setProgress({ current: 1 })
  await step.run('one', () => 1)
})

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => void process.off('unhandledRejection', note))

async function boot(onError: (error: unknown) => unknown) {
  const time = virtualTime()
  const durably = createDurably({
    storage: time.wrap(memoryStorage()),
    jobs: { job },
    clock: time.clock,
    scheduler: time.scheduler,
    onError,
  })
  await durably.migrate()
  durably.start()
  return durably
}

/** Node.js tells of them once the microtasks of a turn are done. */
async function expectNone(durably: Pick<Durably, 'stop'>) {
  await durably.stop()
  for (let turns = 0; turns < 3; turns++) await turn()
  expect(unhandled).toEqual([])
}

describe('no rejection is left unhandled when', () => {
  it('a callback of a wait rejects', async () => {
    const errors: unknown[] = []
    const durably = await boot((error) => errors.push(error))
    const failure = new Error('rejected by the callback')
    await durably.jobs.job.triggerAndWait(undefined, { onProgress: () => Promise.reject(failure) })
    await expectNone(durably)
    expect(errors).toEqual([failure])
  })

  it('onError rejects', async () => {
    const durably = await boot(() => Promise.reject(new Error('the reporter is down')))
    durably.on('run:trigger', () => {
      throw new Error('a listener')
    })
    expect((await durably.jobs.job.triggerAndWait()).status).toBe('completed')
    await expectNone(durably)
  })
})
