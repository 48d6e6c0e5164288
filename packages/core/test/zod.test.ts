import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createDurably, defineJob } from '../src/index.ts'
import { memoryStorage } from '../src/testing/index.ts'

const order = defineJob(
  {
    name: 'order',
    input: z.object({
      at: z.iso.datetime().transform((text) => new Date(text)),
      items: z.array(z.object({ name: z.string(), count: z.coerce.number().int().min(1) })).min(1),
      note: z.string().default('none'),
    }),
    output: z.object({ total: z.number(), year: z.number() }),
  },
  async (step, { at, items, note }) => {
    const total = await step.run('sum', () => items.reduce((sum, item) => sum + item.count, 0))
    return { total, year: at.getUTCFullYear(), note }
  },
)

async function open() {
  const durably = createDurably({ storage: memoryStorage(), jobs: { order } })
  await durably.migrate()
  return durably
}

describe('zod 4 as validator', () => {
  it('parses inputs for handlers and outputs for callers', async () => {
    const durably = await open()
    const input = {
      at: '2026-03-01T00:00:00Z',
      items: [
        { name: 'a', count: '2' },
        { name: 'b', count: 3 },
      ],
    }
    const { id } = await durably.jobs.order.trigger(input)
    await durably.processUntilIdle()
    const run = await durably.jobs.order.getRun(id)
    expect(run?.input).toEqual(input)
    expect(run?.output).toEqual({ total: 5, year: 2026 })
  })

  it('refuses with the paths of what is wrong', async () => {
    const durably = await open()
    const input = {
      at: 'yesterday',
      items: [
        { name: 'a', count: 1 },
        { name: 5, count: 0 },
      ],
    }
    const refused = durably.jobs.order.trigger(
      input as unknown as Parameters<typeof durably.jobs.order.trigger>[0],
    )
    const error = await refused.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INPUT_INVALID' })
    const { issues } = (error as { details: { issues: { path: string }[] } }).details
    expect(issues.map((issue) => issue.path)).toEqual(['at', 'items[1].name', 'items[1].count'])
    expect(await durably.getRuns()).toEqual([])
  })
})
