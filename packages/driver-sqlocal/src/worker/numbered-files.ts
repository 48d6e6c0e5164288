import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import { checkDatabase } from './imported.ts'

const FIRST_FILE = '/1.sqlite'
const FILE_NUMBER = /^\/(\d+)\.sqlite$/

/**
 * The files of one database in its pool. A name is a number: what is imported gets the next one, and the highest is the database. So
 * an import is complete or has not happened, whenever the tab dies.
 */
export class NumberedFiles {
  readonly #pool: SAHPoolUtil
  readonly #sqlite3: Sqlite3Static

  constructor(pool: SAHPoolUtil, sqlite3: Sqlite3Static) {
    this.#pool = pool
    this.#sqlite3 = sqlite3
  }

  /** The name of the database. Others are left when a tab died between import and clean-up, and are removed. */
  async current(): Promise<string> {
    const files = this.#pool.getFileNames().filter((name) => FILE_NUMBER.test(name))
    files.sort((one, other) => numberOf(other) - numberOf(one))
    // A power loss in the middle of an import may have kept the name and lost the bytes.
    while (files.length > 1 && !(await this.#isWhole(files[0] as string)))
      this.remove(files.shift() as string)
    const [current = FIRST_FILE, ...outdated] = files
    for (const file of outdated) this.remove(file)
    return current
  }

  /** The name of what takes the place of a file. */
  after(file: string): string {
    return `/${numberOf(file) + 1}.sqlite`
  }

  remove(file: string): void {
    for (const suffix of ['', '-wal', '-journal']) this.#pool.unlink(file + suffix)
  }

  async #isWhole(file: string): Promise<boolean> {
    try {
      checkDatabase(this.#sqlite3, await this.#pool.exportFile(file))
      return true
    } catch {
      return false
    }
  }
}

function numberOf(file: string): number {
  return Number(FILE_NUMBER.exec(file)?.[1] ?? 0)
}
