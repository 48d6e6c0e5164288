import type { RunFilter } from '@durably/core'
import { expect, it } from 'vitest'
import { claimOf, NOW, newRun } from './support/requests.ts'
import { migratedStorage } from './support/storage.ts'

const PENDING: RunFilter = { statuses: ['pending'], jobNames: null, labels: null, cursor: null, limit: 100 }

it('lists what is claimable, delayed or in line as one list of pending runs, newest first, page by page', async () => {
  const storage = await migratedStorage()
  const stored = await storage.enqueue(
    [
      newRun({ jobName: 'b' }),
      newRun({ jobName: 'a', readyAt: NOW + 1 }),
      newRun({ jobName: 'a' }),
      newRun({ jobName: 'c', concurrencyKey: 'key' }),
      newRun({ jobName: 'c', concurrencyKey: 'key' }),
      newRun({ jobName: 'b' }),
      newRun({ jobName: 'd' }),
    ],
    NOW,
  )
  await storage.claim(claimOf({ jobNames: ['d'] }))
  const expected = stored
    .slice(0, -1)
    .map(({ run }) => run.id)
    .reverse()

  const listed = await storage.getRuns(PENDING)
  expect(listed.map(({ id }) => id)).toEqual(expected)

  for (const [index, id] of expected.entries()) {
    const page = await storage.getRuns({ ...PENDING, limit: 1, cursor: expected[index - 1] ?? null })
    expect(page.map((run) => run.id)).toEqual([id])
  }
})
