import { virtualTime } from '@durably/core/testing'
import { sqlocalDriver } from '@durably/driver-sqlocal'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CallLost } from '../src/call-errors.ts'
import { LeaderDesk } from '../src/tab/leader-desk.ts'
import type { TabDatabase } from '../src/tab/tab-database.ts'
import type { DatabaseCall } from '../src/worker/protocol.ts'
import { bundledWorker, newDatabasePath, statement } from './database.ts'
import { holdLock, OtherTab } from './other-tab.ts'

const SQLITE_FULL = 13

test('an answer of a leader of the past is not taken for the answer of the present one', async () => {
  const databasePath = newDatabasePath()
  const release = await holdLock(databasePath)
  const former = new OtherTab(databasePath, 'former')
  former.lead()
  const connection = await sqlocalDriver({ databasePath, persist: false, worker: bundledWorker }).open()
  onTestFinished(async () => {
    await connection.close()
    release()
  })
  const first = connection.batch([statement('INSERT INTO t VALUES (1)')])
  await vi.waitFor(() => expect(former.requests).toHaveLength(1), { timeout: 10_000 })
  // Its page hangs with the answer, and another tab takes over.
  former.hang()
  const heir = new OtherTab(databasePath, 'heir')
  heir.lead()
  await expect(first).rejects.toMatchObject({ outcomeUnknown: true })

  const second = connection.batch([statement('INSERT INTO t VALUES (2)')])
  await vi.waitFor(() => expect(heir.requests).toHaveLength(1), { timeout: 10_000 })
  const [[late], [asked]] = [former.requests, heir.requests]
  if (late === undefined || asked === undefined) throw new Error('Nothing was asked.')
  former.answer(late.from, { type: 'answer', id: late.request.id, answer: [1] })
  const failure = { message: 'full', resultCode: SQLITE_FULL, statementIndex: null }
  heir.answer(asked.from, { type: 'failure', id: asked.request.id, failure })
  await expect(second).rejects.toMatchObject({ cause: { resultCode: SQLITE_FULL } })
})

test('a statement that is lost with the leadership leaves no transaction to be rolled back in the next one', async () => {
  const time = virtualTime()
  const calls: DatabaseCall['do'][] = []
  const running = Promise.withResolvers<never>()
  const database: Pick<TabDatabase, 'call'> = {
    call({ do: what }) {
      calls.push(what)
      return what === 'execute' ? running.promise : Promise.resolve(null)
    },
  }
  const desk = new LeaderDesk(database as TabDatabase, time.scheduler)
  await desk.serve(1, { do: 'begin' }, 'other tab')
  const sent = { sql: 'SELECT 1', parameters: [], returnsRows: true }
  const served = desk.serve(2, { do: 'execute', statement: sent, inTransaction: true }, 'other tab')
  desk.close()
  running.reject(new CallLost('The worker has ended.'))
  expect(await served).toEqual({ type: 'lost', id: 2 })
  await time.advance(60_000)
  expect(calls).toEqual(['begin', 'execute'])
})
