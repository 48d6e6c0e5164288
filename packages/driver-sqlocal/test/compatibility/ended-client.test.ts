import { createDurably, defineJob } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { SQLocal } from 'sqlocal'
import { expect, onTestFinished, test } from 'vitest'
import { newDatabasePath } from '../database.ts'
import { codeOf } from '../failures.ts'
import { takeClock } from '../page-clock.ts'
import { removeFiles } from './client.ts'

const jobs = { noop: defineJob({ name: 'noop' }, async () => {}) }

test('calls through a client whose worker has ended fail with a code, and closing ends', async () => {
  const databasePath = newDatabasePath()
  onTestFinished(() => removeFiles(databasePath))
  const { untilSettled } = takeClock()
  const client = new SQLocal({ databasePath })
  const durably = createDurably({ storage: sqlocal({ client, busyTimeoutMs: 1000 }), jobs })
  await durably.migrate()
  await durably.jobs.noop.trigger()
  const { processor } = client as unknown as { readonly processor: Worker }
  processor.terminate()
  const [triggered, read] = [codeOf(durably.jobs.noop.trigger()), codeOf(durably.getRuns())]
  expect(await untilSettled(triggered)).toBe('STORAGE_IO')
  expect(await untilSettled(read)).toBe('STORAGE_IO')
  await untilSettled(durably.close({ timeout: 0 }))
})
