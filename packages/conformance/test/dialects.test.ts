import { kyselyStorage } from '@durably/storage-kysely'
import { LibsqlDialect } from '@libsql/kysely-libsql'
import Database from 'better-sqlite3'
import type { Dialect } from 'kysely'
import { SqliteDialect } from 'kysely'
import { describe, it } from 'vitest'
import type { CreateStorage } from '../src/index.ts'
import { modelSuite, storageSuite } from '../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Dialects that know nothing of Durably. */
const DIALECTS: Readonly<Record<string, (file: string) => Dialect>> = {
  SqliteDialect(file) {
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    return new SqliteDialect({ database })
  },
  LibsqlDialect: (file) => new LibsqlDialect({ url: `file:${file}` }),
}

for (const [name, dialectOn] of Object.entries(DIALECTS)) {
  const create: CreateStorage = async () => {
    const { file, dispose } = await temporaryFolder()
    const open = () => kyselyStorage({ dialect: dialectOn(file) })
    return { storage: open(), openAgain: async () => open(), dispose }
  }

  describe(name, () => {
    storageSuite({ runner: { describe, it }, create })
    modelSuite({ runner: { describe, it }, create, sequences: 10 })
  })
}
