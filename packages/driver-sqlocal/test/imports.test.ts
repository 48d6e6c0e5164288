import { createDurably, defineJob } from '@durably/core'
import { expect, test } from 'vitest'
import { newDatabasePath, newStorage } from './database.ts'

/** How the pool lays out a file: what it is, and then the database. */
const HEADER_BYTES = 4096
/** Where the header says what kind of file it is, and whether its digest counts; what else stands there is the digest. */
const FLAGS = { start: 512, end: 524, ofDatabase: 514 }

const jobs = { noop: defineJob({ name: 'noop' }, async () => {}) }

test('an import that a power loss cut off has not happened', async () => {
  const databasePath = newDatabasePath()
  const before = newStorage({ databasePath })
  await before.migrate()
  const run = await createDurably({ storage: before, jobs }).jobs.noop.trigger()
  await before.close()
  await leaveImportWithoutPages(databasePath)
  const after = createDurably({ storage: newStorage({ databasePath }), jobs })
  expect(await after.getRun(run.id)).toMatchObject({ status: 'pending' })
})

/** What a disk may hold then: name and pages of the new file are flushed together, so that one can be there without the other. */
async function leaveImportWithoutPages(databasePath: string): Promise<void> {
  let folder = await navigator.storage.getDirectory()
  for (const name of ['.durably', encodeURIComponent(databasePath), '.opaque'])
    folder = await folder.getDirectoryHandle(name)
  const files = new Map<string, FileSystemFileHandle>()
  for await (const file of folder.values()) {
    if (file.kind !== 'file') continue
    const bytes = await headerOf(file as FileSystemFileHandle)
    files.set(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))), file as FileSystemFileHandle)
  }
  const [current, free] = [files.get('/1.sqlite'), files.get('')]
  if (current === undefined || free === undefined) throw new Error('The pool is laid out differently.')
  const header = await headerOf(current)
  header.set(new TextEncoder().encode('/2.sqlite'))
  header.fill(0, FLAGS.start, FLAGS.end)
  header[FLAGS.ofDatabase] = 1
  const writable = await free.createWritable()
  await writable.write(header)
  await writable.close()
}

async function headerOf(file: FileSystemFileHandle): Promise<Uint8Array<ArrayBuffer>> {
  const content = await file.getFile()
  return new Uint8Array(await content.slice(0, HEADER_BYTES).arrayBuffer())
}
