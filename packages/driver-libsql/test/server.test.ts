import { generateKeyPairSync, sign } from 'node:crypto'
import { libsql, libsqlDriver } from '@durably/driver-libsql'
import type { Statement } from '@durably/storage-kysely'
import { createClient } from '@libsql/client'
import { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NEW_RUN, NOW } from './requests.ts'
import { emptyDatabase, type Sqld, sqldMissing, startSqld } from './sqld.ts'

interface Tables {
  readonly notes: { readonly id: number; readonly text: string }
}

const CREATE = write('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT')
const ALL = read('SELECT id, text FROM notes ORDER BY id')

function write(sql: string, ...parameters: Statement['parameters']): Statement {
  return { sql, parameters, returnsRows: false }
}

function read(sql: string, ...parameters: Statement['parameters']): Statement {
  return { sql, parameters, returnsRows: true }
}

function insert(id: number, text = 'a note'): Statement {
  return write('INSERT INTO notes (id, text) VALUES (?, ?)', id, text)
}

describe.skipIf(sqldMissing() !== null)('a server', () => {
  let server: Sqld
  beforeAll(async () => {
    server = await startSqld()
  })
  afterAll(() => server.dispose())
  beforeEach(() => emptyDatabase(server))

  it('names the statement it refused, and stores nothing of that batch', async () => {
    const connection = await libsqlDriver({ url: server.url }).open()
    await connection.batch([CREATE])
    await expect(connection.batch([insert(1), insert(2), insert(2), insert(3)])).rejects.toMatchObject({
      name: 'BatchError',
      statementIndex: 2,
      outcomeUnknown: false,
    })
    expect((await connection.query(ALL)).rows).toEqual([])
    await connection.close()
  })

  it('a whole number that is not exact any more harms nobody else', async () => {
    const storage = libsql({ url: server.url, busyTimeoutMs: 300 })
    await storage.migrate()
    await storage.enqueue([NEW_RUN], NOW)
    const client = createClient({ url: server.url })
    await client.execute('UPDATE durably_runs SET started_at = 1767225600000000001')
    client.close()
    const request = { jobNames: ['job'], limit: () => 1, claimId: 'claim', now: NOW, leaseMs: 1000 }
    const [claims, stored] = await Promise.all([storage.claim(request), storage.enqueue([NEW_RUN], NOW)])
    expect([claims.length, stored.length]).toEqual([1, 1])
    await storage.close()
  })

  it('a run whose steps are more than the server answers at once is refused with what to do', async () => {
    const storage = libsql({ url: server.url, busyTimeoutMs: 300 })
    await storage.migrate()
    await storage.enqueue([NEW_RUN], NOW)
    const request = { jobNames: ['job'], limit: () => 1, now: NOW, leaseMs: 1000 }
    const [claim] = await storage.claim({ ...request, claimId: 'first' })
    const lease = { runId: claim?.run.id ?? '', generation: 1 }
    const about = { digest: '', status: 'completed', attempt: 1, startedAt: NOW, errorJson: null } as const
    const outputJson = JSON.stringify('x'.repeat(1_000_000))
    for (let position = 0; position < 11; position++)
      await storage.recordStep(lease, { ...about, name: `step ${position}`, position, outputJson }, NOW)
    await storage.settle(lease, { status: 'released' }, NOW)
    await expect(storage.claim({ ...request, claimId: 'second' })).rejects.toMatchObject({
      code: 'STORAGE_IO',
      retryable: false,
      message: expect.stringContaining('--max-response-size'),
    })
    expect(await storage.getRun(lease.runId)).toMatchObject({ status: 'pending' })
    await storage.close()
  })

  it('binds late values from the results before them, in one transaction', async () => {
    const connection = await libsqlDriver({ url: server.url }).open()
    const last = {
      ...insert(0),
      late: (results: readonly { rows: readonly unknown[] }[]) => [results.length, 'late'],
    }
    await connection.batch([CREATE, insert(1), last, insert(9), { ...last }])
    expect((await connection.query(read('SELECT id FROM notes ORDER BY id'))).rows).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 4 },
      { id: 9 },
    ])
    await expect(
      connection.batch([insert(20), { ...insert(0), late: () => [9, 'again'] }]),
    ).rejects.toMatchObject({
      statementIndex: 1,
      outcomeUnknown: false,
    })
    expect((await connection.query(ALL)).rows).toHaveLength(4)
    await connection.close()
  })

  it('rolls back when late values cannot be made', async () => {
    const connection = await libsqlDriver({ url: server.url }).open()
    await connection.batch([CREATE])
    const late = (): never => {
      throw new Error('no value')
    }
    await expect(connection.batch([insert(1), { ...insert(2), late }])).rejects.toThrow('no value')
    expect((await connection.query(ALL)).rows).toEqual([])
    await connection.close()
  })

  it('answers plain rows, and BLOBs as bytes', async () => {
    const connection = await libsqlDriver({ url: server.url }).open()
    const bytes = new Uint8Array([1, 2, 3])
    const { rows } = await connection.query(read("SELECT ? AS bytes, NULL AS absent, 'text' AS text", bytes))
    expect(rows).toStrictEqual([{ bytes, absent: null, text: 'text' }])
    await connection.close()
  })

  it('that does not answer is reported with its address, and is found once it does', async () => {
    await server.stop('SIGKILL')
    const storage = libsql({ url: server.url })
    await expect(storage.migrate()).rejects.toMatchObject({
      code: 'STORAGE_IO',
      retryable: true,
      message: expect.stringContaining(server.url),
    })
    await server.restart()
    await storage.migrate()
    await storage.close()
  })

  it('that was killed goes on where it was, without a new connection', async () => {
    const connection = await libsqlDriver({ url: server.url }).open()
    await connection.batch([CREATE, insert(1)])
    await server.stop('SIGKILL')
    await expect(connection.batch([insert(2)])).rejects.toMatchObject({ outcomeUnknown: true })
    await expect(connection.query(ALL)).rejects.toMatchObject({ code: 'STORAGE_IO', retryable: true })
    await server.restart()
    await connection.batch([insert(3)])
    expect((await connection.query(read('SELECT id FROM notes'))).rows).toEqual([{ id: 1 }, { id: 3 }])
    await connection.close()
  })

  it("serves the application's own queries and transactions", async () => {
    const connection = await libsqlDriver({ url: server.url }).open()
    await connection.batch([CREATE, insert(1, 'one')])
    const db = new Kysely<Tables>({ dialect: connection.dialect })
    await connection.close()
    await db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('notes')
        .set({ text: 'two' })
        .executeTakeFirstOrThrow()
      expect(numUpdatedRows).toBe(1n)
    })
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('notes').execute()
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await db.selectFrom('notes').selectAll().execute()).toEqual([{ id: 1, text: 'two' }])
    await db.destroy()
  })

  it('is reached through a client handed in, which stays open', async () => {
    const client = createClient({ url: server.url })
    const connection = await libsqlDriver({ client }).open()
    await connection.batch([CREATE, insert(1)])
    await connection.close()
    expect((await client.execute('SELECT count(*) AS count FROM notes')).rows).toMatchObject([{ count: 1 }])
    client.close()
  })
})

describe.skipIf(sqldMissing() !== null)('a server that asks for a token', () => {
  it('answers who has it, and refuses who has another', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const key = publicKey.export({ format: 'jwk' }).x ?? ''
    const server = await startSqld({ environment: { SQLD_AUTH_JWT_KEY: key } })
    const unsigned = [{ alg: 'EdDSA', typ: 'JWT' }, { a: 'rw' }].map(base64Url).join('.')
    const token = `${unsigned}.${sign(null, Buffer.from(unsigned), privateKey).toString('base64url')}`

    const storage = libsql({ url: server.url, authToken: token })
    await storage.migrate()
    await storage.close()
    for (const authToken of [undefined, `${token}x`]) {
      const refused = libsql({ url: server.url, authToken })
      await expect(refused.migrate()).rejects.toMatchObject({
        code: 'STORAGE_IO',
        retryable: false,
        message: expect.stringMatching(/refused the authToken/),
      })
      await refused.close()
    }
    await server.dispose()
  })
})

describe.skipIf(sqldMissing() !== null)('a replica', () => {
  it('answers with what was just written through it', async () => {
    const primary = await startSqld()
    const replica = await startSqld({ replicaOf: primary })
    const connection = await libsqlDriver({ url: replica.url }).open()
    await connection.batch([CREATE])
    for (let id = 1; id <= 50; id++) {
      await connection.batch([insert(id)])
      expect((await connection.query(read('SELECT max(id) AS id FROM notes'))).rows).toEqual([{ id }])
    }
    await expect(connection.batch([insert(51), insert(50)])).rejects.toMatchObject({
      statementIndex: 1,
      outcomeUnknown: false,
    })
    await connection.close()
    await replica.dispose()
    await primary.dispose()
  })
})

function base64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
