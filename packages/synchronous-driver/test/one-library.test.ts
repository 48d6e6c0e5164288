import { symlinkSync } from 'node:fs'
import { synchronousDriver } from '@durably/synchronous-driver'
import { expect, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { CREATE } from './statements.ts'
import { temporaryFolder } from './temporary-folder.ts'

it('leaves a file to the library that opened it first in this process, under whatever path', async () => {
  using folder = temporaryFolder()
  const path = folder.path('app.db')
  const open = (name: string, file: string) =>
    synchronousDriver({ name, path: file, openDatabase: nodeSqlite }).open()

  const first = await open('one', path)
  await first.batch([CREATE])
  symlinkSync(path, folder.path('alias.db'))
  await expect(open('another', folder.path('alias.db'))).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringMatching(/alias\.db with another: this process opened it with one/),
  })
  const second = await open('one', folder.path('alias.db'))
  await second.close()
  await first.close()
  await (await open('another', folder.path('other.db'))).close()
})
