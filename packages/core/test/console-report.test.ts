import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDurably, defineJob } from '../src/index.ts'
import { memoryStorage } from '../src/testing/index.ts'

const job = defineJob({ name: 'job' }, () => 1)

describe('failures that have no caller', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('are printed when no onError is given', async () => {
    const print = vi.fn<(...parts: unknown[]) => void>()
    vi.stubGlobal('console', { error: print })
    const durably = createDurably({ storage: memoryStorage(), jobs: { job } })
    await durably.migrate()
    const failure = new Error('listener')
    durably.on('run:trigger', () => {
      throw failure
    })
    await durably.jobs.job.trigger()
    expect(print).toHaveBeenCalledOnce()
    expect(print.mock.calls[0]?.some((part) => part === failure || String(part).includes('listener'))).toBe(
      true,
    )
  })

  it('reach nobody when onError itself throws, and break nothing', async () => {
    const durably = createDurably({
      storage: memoryStorage(),
      jobs: { job },
      onError: () => {
        throw new Error('hook')
      },
    })
    await durably.migrate()
    durably.on('run:trigger', () => {
      throw new Error('listener')
    })
    expect((await durably.jobs.job.trigger()).status).toBe('pending')
  })
})
