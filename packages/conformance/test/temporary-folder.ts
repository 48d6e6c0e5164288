import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for a database, and how to get rid of it. */
export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'durably-conformance-'))
  return {
    file: join(folder, 'test.db'),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}
