import type { Storage } from '@durably/core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Statement } from '../src/driver.ts'
import { losingAnswers } from './support/faulty-driver.ts'
import { claimOf, filterOf, LEASE_MS, NOW, newRun, newStep, recoveryOf } from './support/requests.ts'
import { sqliteDriver } from './support/sqlite-driver.ts'
import { migratedStorage } from './support/storage.ts'

describe('a verb whose answer was lost after the commit', () => {
  let storage: Storage

  beforeEach(async () => {
    storage = await migratedStorage(losingAnswers(sqliteDriver()))
  })

  it('enqueue stores each run once, and says that it was created', async () => {
    const keys = { idempotencyKey: 'once', labels: { team: 'a' } }
    const first = await storage.enqueue([newRun(), newRun(keys), newRun(keys)], NOW)
    expect(first.map(({ created }) => created)).toEqual([true, true, false])
    expect(await storage.getRuns(filterOf())).toHaveLength(2)
    const [second] = await storage.enqueue([newRun(keys)], NOW)
    expect(second).toMatchObject({ created: false, run: { id: first[1]?.run.id } })
  })

  it('claim answers what it took, and takes no more', async () => {
    const stored = await storage.enqueue([newRun(), newRun(), newRun()], NOW)
    const claims = await storage.claim(claimOf({ limit: () => 2 }))
    expect(claims.map(({ run }) => run.id)).toEqual(stored.slice(0, 2).map(({ run }) => run.id))
    expect(await storage.getRuns(filterOf({ statuses: ['pending'] }))).toHaveLength(1)
  })

  it('recover grows the generation once', async () => {
    await storage.enqueue([newRun()], NOW)
    await storage.claim(claimOf())
    const { claims } = await storage.recover(recoveryOf({ now: NOW + LEASE_MS + 1 }))
    expect(claims.map(({ run }) => [run.generation, run.recoveries])).toEqual([[2, 1]])
  })

  it('steps, progress and settle are answered as done', async () => {
    await storage.enqueue([newRun()], NOW)
    const [claim] = await storage.claim(claimOf())
    const lease = { runId: claim?.run.id ?? '', generation: 1 }
    await storage.recordStep(lease, newStep(), NOW)
    await storage.recordProgress(lease, '{"current":1}', NOW)
    expect(await storage.renew([lease], NOW, LEASE_MS)).toEqual([lease])
    await storage.settle(lease, { status: 'completed', outputJson: '2' }, NOW)
    expect(await storage.getRun(lease.runId)).toMatchObject({ status: 'completed', outputJson: '2' })
    expect(await storage.getSteps(lease.runId)).toHaveLength(1)
  })

  it('cancel and retry still know that they changed the run', async () => {
    const [{ run } = { run: { id: '' } }] = await storage.enqueue([newRun()], NOW)
    expect(await storage.cancel(run.id, NOW)).toMatchObject({ changed: true, run: { generation: 1 } })
    expect(await storage.cancel(run.id, NOW)).toMatchObject({ changed: false, run: { generation: 1 } })
    expect(await storage.retry(run.id, NOW)).toMatchObject({ changed: true, run: { generation: 2 } })
    expect(await storage.retry(run.id, NOW)).toMatchObject({ changed: false, run: { generation: 2 } })
  })

  it('remove answers the run it deleted, and leaves alone what has not ended', async () => {
    const [{ run } = { run: { id: '' } }] = await storage.enqueue([newRun()], NOW)
    expect(await storage.remove(run.id)).toMatchObject({ changed: false, run: { status: 'pending' } })
    await storage.cancel(run.id, NOW)
    expect(await storage.remove(run.id)).toMatchObject({ changed: true, run: { status: 'cancelled' } })
    expect(await storage.remove(run.id)).toEqual({ changed: false, run: null })
  })

  it('remove is answered as done, though the read beside it fails', async () => {
    const driver = sqliteDriver()
    let broken = false
    const open = async () => {
      const connection = await driver.open()
      const query = (statement: Statement) =>
        broken ? Promise.reject(new Error('socket hang up')) : connection.query(statement)
      return { ...connection, query }
    }
    const capabilities = { ...driver.capabilities, outcomeMayBeUnknown: true }
    const remote = await migratedStorage({ ...driver, capabilities, open })
    const [stored] = await remote.enqueue([newRun()], NOW)
    const id = stored?.run.id ?? ''
    await remote.cancel(id, NOW)
    broken = true
    expect(await remote.remove(id)).toMatchObject({ changed: true })
  })

  it('log lines are stored once', async () => {
    const [{ run } = { run: { id: '' } }] = await storage.enqueue([newRun()], NOW)
    await storage.appendLogs(
      ['a', 'b'].map((message) => ({
        runId: run.id,
        generation: 0,
        stepName: null,
        level: 'info',
        message,
        dataJson: null,
        createdAt: NOW,
      })),
    )
    const logs = await storage.getLogs(run.id, { limit: 10, cursor: null })
    expect(logs.map(({ message }) => message)).toEqual(['a', 'b'])
  })
})
