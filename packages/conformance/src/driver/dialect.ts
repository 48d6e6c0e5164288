import { Kysely } from 'kysely'
import { expectEqual } from '../expect.ts'
import type { DefineDriverCase, DriverBench } from './driver-case.ts'
import { addItem, batchPatiently } from './driver-case.ts'

interface Tables {
  readonly items: { readonly id?: number; readonly name: string }
}

/** The application's own queries beside the engine. */
export function dialectCases(define: DefineDriverCase): void {
  define('an application sees what a batch committed, and the other way round', async (bench) => {
    await withApplication(bench, async (application) => {
      await bench.connection.batch([addItem('ours')])
      await application.insertInto('items').values({ name: 'theirs' }).execute()
      const names = await application.selectFrom('items').select('name').orderBy('name').execute()
      expectEqual(
        names.map(({ name }) => name),
        ['ours', 'theirs'],
        'what the application reads',
      )
      expectEqual(await bench.items(), ['ours', 'theirs'], 'what the connection reads')
    })
  })

  define('a transaction of an application is committed as a whole', async (bench) => {
    await withApplication(bench, async (application) => {
      await application.transaction().execute(async (transaction) => {
        await transaction.insertInto('items').values({ name: 'a' }).execute()
        await transaction.insertInto('items').values({ name: 'b' }).execute()
      })
      expectEqual(await bench.items(), ['a', 'b'], 'what is stored')
    })
  })

  define('a transaction of an application and a batch never mix', async (bench) => {
    await withApplication(bench, async (application) => {
      let batch: Promise<void> | undefined
      const rolledBack = application.transaction().execute(async (transaction) => {
        await transaction.insertInto('items').values({ name: 'theirs' }).execute()
        batch = batchPatiently(bench.connection, [addItem('ours')])
        await transaction.insertInto('items').values({ name: 'theirs too' }).execute()
        throw new Error('rolled back')
      })
      const outcome = await rolledBack.then(
        () => 'committed',
        () => 'rolled back',
      )
      await batch
      expectEqual(outcome, 'rolled back', 'how the transaction of the application ended')
      expectEqual(await bench.items(), ['ours'], 'what is stored')
    })
  })

  define('an application that is done does not close the connection', async (bench) => {
    await withApplication(bench, async (application) => {
      await application.selectFrom('items').selectAll().execute()
    })
    await bench.connection.batch([addItem('a')])
    expectEqual(await bench.items(), ['a'], 'what is stored')
  })
}

async function withApplication(
  bench: DriverBench,
  use: (application: Kysely<Tables>) => Promise<void>,
): Promise<void> {
  const application = new Kysely<Tables>({ dialect: bench.connection.dialect })
  try {
    await use(application)
  } finally {
    await application.destroy()
  }
}
