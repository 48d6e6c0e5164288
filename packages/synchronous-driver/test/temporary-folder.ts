import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is deleted with `using`, or by `remove`. */
export interface TemporaryFolder extends Disposable {
  path(name: string): string
  remove(): void
}

export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(join(tmpdir(), 'durably-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  return { path: (name) => join(folder, name), remove, [Symbol.dispose]: remove }
}
