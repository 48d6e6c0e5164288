import { createDurably, type Durably, defineJob } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { z } from 'zod'
import { median } from './workloads.ts'

/** What a following tab measures. */
export interface FollowerTask {
  readonly databasePath: string
  readonly measures: 'read' | 'trigger-to-start'
  readonly times: number
}

const input = z.object({ steps: z.number() })

/** Opens the leading tab. @param backlog runs that are drained while the follower measures */
export async function lead(databasePath: string, backlog: number): Promise<string> {
  const { instance, role } = await open(databasePath)
  for (let stored = 0; stored < backlog; stored += 1000) {
    await instance.jobs.job.batchTrigger(Array.from({ length: 1000 }, () => ({ input: { steps: 1 } })))
  }
  instance.start()
  return role()
}

/** The median in milliseconds, from a tab that follows. */
export async function follow({ databasePath, measures, times }: FollowerTask): Promise<number> {
  const { instance, role } = await open(databasePath)
  instance.start()
  if (role() !== 'following') throw new Error(`This tab is ${role()}.`)
  const measured: number[] = []
  for (let index = 0; index < times; index++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    const startedAt = performance.now()
    if (measures === 'read') await instance.getRuns({ limit: 10 })
    else {
      const started = new Promise((resolve) => {
        const stop = instance.on('run:start', () => {
          stop()
          resolve(null)
        })
      })
      await instance.jobs.job.trigger({ steps: 0 })
      await started
    }
    measured.push(performance.now() - startedAt)
  }
  return median(measured)
}

async function open(databasePath: string) {
  const storage = sqlocal({ databasePath, persist: false })
  const job = defineJob({ name: 'bench', input }, async (step, { steps }) => {
    for (let index = 0; index < steps; index++) await step.run(`step ${index}`, () => index)
  })
  const instance: Durably<{ job: typeof job }> = createDurably({ storage, jobs: { job }, concurrency: 32 })
  await instance.migrate()
  return { instance, role: () => storage.role }
}
