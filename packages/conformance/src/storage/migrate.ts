import { expectEqual, expectRejection } from '../expect.ts'
import { EVERY_VERB } from './every-verb.ts'
import type { DefineCase } from './storage-case.ts'

/** Creating the tables. */
export function migrateCases(define: DefineCase): void {
  define(
    'every verb rejects with NOT_MIGRATED while the tables are absent',
    async ({ storage }) => {
      for (const [name, call] of EVERY_VERB) await expectRejection(call(storage), 'NOT_MIGRATED', name)
    },
    { migrated: false },
  )

  define(
    'a storage that was refused for absent tables works once they are there',
    async (bench) => {
      await expectRejection(bench.storage.getRun('absent'), 'NOT_MIGRATED', 'getRun before migrate')
      await bench.storage.migrate()
      await bench.trigger()
    },
    { migrated: false },
  )

  define('migrating again changes nothing', async (bench) => {
    const run = await bench.trigger()
    await bench.storage.migrate()
    expectEqual(await bench.read(run.id), run, 'the run after a second migrate')
  })

  define(
    'several migrations at once all succeed',
    async (bench) => {
      await Promise.all([bench.storage.migrate(), bench.storage.migrate(), bench.storage.migrate()])
      await bench.trigger()
    },
    { migrated: false },
  )

  define(
    'several owners of one database may migrate at once',
    async (bench) => {
      const others = [await bench.openAgain(), await bench.openAgain()]
      await Promise.all([bench, ...others].map((owner) => owner.storage.migrate()))
      const run = await bench.trigger()
      for (const other of others)
        expectEqual(await other.read(run.id), run, 'the run as another owner reads it')
    },
    { needs: 'shared', migrated: false },
  )

  define(
    'what counts is the database, not who migrated it',
    async (bench) => {
      const other = await bench.openAgain()
      await other.trigger()
    },
    { needs: 'shared' },
  )

  define('the declared capabilities stay the same over the life of a storage', async ({ storage }) => {
    const declared = { ...storage.capabilities }
    await storage.migrate()
    await storage.close()
    expectEqual({ ...storage.capabilities }, declared, 'the capabilities after close')
  })
}
