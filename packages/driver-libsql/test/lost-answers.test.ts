import type { Claim, Storage } from '@durably/core'
import { libsql, libsqlDriver } from '@durably/driver-libsql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LossyProxy, lossyProxy } from './lossy-proxy.ts'
import { emptyDatabase, type Sqld, sqldMissing, startSqld } from './sqld.ts'

const NOW = 1_767_225_600_000
const RUNS = 300
const OWNERS = 3

describe.skipIf(sqldMissing() !== null)('a server whose answers get lost', () => {
  let server: Sqld
  let proxy: LossyProxy
  let fates: () => 'request' | 'response' | null
  beforeAll(async () => {
    server = await startSqld()
    proxy = await lossyProxy(server.url, () => fates())
  })
  afterAll(async () => {
    proxy.close()
    await server.dispose()
  })

  it('leaves the outcome of a batch open, and the next one goes through', async () => {
    await emptyDatabase(server)
    fates = () => null
    const connection = await libsqlDriver({ url: proxy.url }).open()
    const create = { sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY)', parameters: [], returnsRows: false }
    fates = () => 'response'
    await expect(connection.batch([create])).rejects.toMatchObject({
      name: 'BatchError',
      outcomeUnknown: true,
      statementIndex: null,
      cause: { code: 'STORAGE_IO', retryable: true, message: expect.stringContaining(proxy.url) },
    })
    fates = () => null
    await expect(connection.batch([create])).rejects.toMatchObject({
      message: expect.stringContaining('already exists'),
      outcomeUnknown: false,
    })
    await connection.close()
  })

  it('loses no acknowledged run and gives none to two owners', { timeout: 60_000 }, async () => {
    await emptyDatabase(server)
    fates = () => null
    const storages = Array.from({ length: OWNERS }, () => libsql({ url: proxy.url }))
    for (const storage of storages) {
      await storage.migrate()
      await storage.getRun('none')
    }
    fates = losing(0.1)

    const acknowledged = await enqueueAll(storages)
    const executed = (await Promise.all(storages.map(workOff))).flat()

    expect(proxy.lostResponses()).toBeGreaterThan(10)
    expect(executed.toSorted()).toEqual(acknowledged.toSorted())
    fates = () => null
    for (const id of acknowledged) {
      expect(await storages[0]?.getRun(id)).toMatchObject({ status: 'completed', generation: 1 })
    }
    for (const storage of storages) await storage.close()
  })
})

async function enqueueAll(storages: readonly Storage[]): Promise<string[]> {
  const enqueued = await Promise.all(
    Array.from({ length: RUNS }, async (_, n) => {
      const storage = storages[n % OWNERS] as Storage
      const run = {
        jobName: 'job',
        inputJson: String(n),
        idempotencyKey: null,
        concurrencyKey: null,
        labels: null,
        readyAt: null,
        originId: null,
      }
      const answers = await storage.enqueue([run], NOW)
      return answers.map(({ run: { id } }) => id)
    }),
  )
  return enqueued.flat()
}

/** Claims and completes runs until there are none; answers the ids of those it was given. */
async function workOff(storage: Storage): Promise<string[]> {
  const given: string[] = []
  for (;;) {
    const claimId = crypto.randomUUID()
    const claims = await storage.claim({
      jobNames: ['job'],
      limit: () => 8,
      claimId,
      now: NOW,
      leaseMs: 30_000,
    })
    if (claims.length === 0) return given
    await Promise.all(claims.map((claim) => complete(storage, claim)))
    given.push(...claims.map(({ run }) => run.id))
  }
}

async function complete(storage: Storage, { run }: Claim): Promise<void> {
  const lease = { runId: run.id, generation: run.generation }
  const step = {
    name: 'only',
    digest: '',
    status: 'completed',
    position: 0,
    attempt: 1,
    startedAt: NOW,
    outputJson: run.inputJson,
    errorJson: null,
  } as const
  await storage.recordStep(lease, step, NOW)
  await storage.settle(lease, { status: 'completed', outputJson: run.inputJson }, NOW)
}

/** Loses this share of the requests, and as many of the answers; the same ones each time. */
function losing(share: number): () => 'request' | 'response' | null {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    const chance = state / 2_147_483_647
    return chance < share ? 'response' : chance < 2 * share ? 'request' : null
  }
}
