import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BIRD_STRIKES } from '../src/data-set.ts'
import { openImporter } from '../src/importer.ts'
import { type DriverName, STORAGES } from '../src/storages.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'durably-import-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Imports a file in this process and answers what came of it. */
async function importFile(db: string, driver: DriverName, file: string, rowsPerStep: number) {
  const bodies: string[] = []
  const importer = await openImporter({ db, driver, onBody: (stepName) => bodies.push(stepName) })
  try {
    const { run, source } = await importer.request(file, rowsPerStep)
    await importer.durably.processUntilIdle()
    // The plugin writes log lines in batches; a stop writes the last ones.
    await importer.durably.stop()
    const ended = await importer.durably.jobs.importCsv.getRun(run.id)
    const rejected = await importer.tables.rejected(source, 100)
    const logs = await importer.durably.getLogs(run.id)
    return { run, ended, rejected, bodies, logs: logs.map((line) => `${line.level} ${line.message}`) }
  } finally {
    await importer.close()
  }
}

async function rowsOf(db: string, driver: DriverName, table: string): Promise<unknown[]> {
  const storage = STORAGES[driver](db)
  const kysely = new Kysely<Record<string, never>>({ dialect: await storage.dialect() })
  try {
    const { rows } = await sql`select * from ${sql.table(table)} order by source, row`.execute(kysely)
    return rows
  } finally {
    await kysely.destroy()
    await storage.close()
  }
}

describe.each(Object.keys(STORAGES) as DriverName[])('on %s', (driver) => {
  it('imports the data set, with its bad rows reported and not fatal', async () => {
    const db = join(temporaryFolder(), 'import.db')
    const { ended, rejected, logs } = await importFile(db, driver, BIRD_STRIKES.file, 1_000)
    expect(ended?.status).toBe('completed')
    expect(ended?.output).toEqual({ table: 'strikes', imported: 9_985, rejected: 15 })
    expect(rejected[0]).toEqual({ row: 300, problem: expect.stringContaining('"C" is none of None, Minor') })
    expect(logs.filter((line) => line.startsWith('warn'))).toHaveLength(15)
    const strikes = await rowsOf(db, driver, 'strikes')
    expect(strikes).toHaveLength(9_985)
    expect(strikes[0]).toMatchObject({
      row: 1,
      date: '1990-01-08',
      airport: 'BARKSDALE AIR FORCE BASE ARPT',
      damage: 'none',
      cost_dollars: 0,
      speed_knots: 300,
    })
  })

  it('imports any other file into the general table', async () => {
    const folder = temporaryFolder()
    const db = join(folder, 'import.db')
    const file = join(folder, 'any.csv')
    writeFileSync(file, 'code;amount;note\n007;12.5; hello \n008;;\n009;1\n;;\n')
    const { ended, rejected } = await importFile(db, driver, file, 2)
    expect(ended?.output).toEqual({ table: 'records', imported: 2, rejected: 2 })
    expect(rejected).toEqual([
      { row: 3, problem: 'has 2 fields, the header names 3' },
      { row: 4, problem: 'is empty' },
    ])
    const records = (await rowsOf(db, driver, 'records')) as { data: string }[]
    expect(records.map(({ data }) => JSON.parse(data))).toEqual([
      { code: '007', amount: 12.5, note: 'hello' },
      { code: '008', amount: null, note: null },
    ])
  })

  it('does not import the same content again', async () => {
    const folder = temporaryFolder()
    const db = join(folder, 'import.db')
    const file = join(folder, 'any.csv')
    writeFileSync(file, 'a\n1\n2\n')
    const first = await importFile(db, driver, file, 1)
    expect(first.bodies).toEqual(['plan', 'rows 1-1', 'rows 2-2', 'summarise'])
    const second = await importFile(db, driver, file, 1)
    expect(second.run).toMatchObject({ id: first.run.id, created: false, status: 'completed' })
    expect(second.bodies).toEqual([])
  })
})

it('fails an import whose file has changed since it was asked for', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'any.csv')
  writeFileSync(file, 'a\n1\n')
  const importer = await openImporter({ db: join(folder, 'import.db'), driver: 'libsql' })
  onTestFinished(() => importer.close())
  const { run } = await importer.request(file)
  writeFileSync(file, 'a\n2\n')
  await importer.durably.processUntilIdle()
  expect((await importer.durably.getRun(run.id))?.error).toMatchObject({
    stepName: 'plan',
    message: expect.stringContaining('has changed'),
  })
})
