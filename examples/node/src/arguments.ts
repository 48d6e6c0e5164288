import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BIRD_STRIKES } from './data-set.ts'
import { type DriverName, isDriverName, STORAGES } from './storages.ts'

/** What the command line asks for. */
export interface Arguments {
  readonly help: boolean
  readonly file: string
  readonly db: string
  readonly driver: DriverName
  readonly rowsPerStep: number
  readonly pauseMs: number
  /** Appended to whenever a step's body begins; null: not written. */
  readonly journal: string | null
}

export const USAGE = `
Imports a CSV file into SQLite, in steps. Interrupt it with Ctrl-C or kill -9 and run it again: it continues.

  npx --yes pnpm@12 --filter @durably/example-node start [file.csv] [options]

  file.csv           what to import; default: ${BIRD_STRIKES.title}
  --db <path>        the database file; default: import.db
  --driver <name>    ${Object.keys(STORAGES).join(' | ')}; default: libsql
  --rows <n>         rows a step; default: 100
  --pause <ms>       slows each step down, to have something to interrupt; default: 0
  --journal <path>   appends a line whenever a step's body begins (the demo counts them)
  --help
`

/**
 * Reads the command line.
 *
 * @throws Error whose message says what to change
 */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      db: { type: 'string', default: 'import.db' },
      driver: { type: 'string', default: 'libsql' },
      rows: { type: 'string', default: '100' },
      pause: { type: 'string', default: '0' },
      journal: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { db, driver, journal, help } = values
  if (positionals.length > 1) throw new Error(`One file at a time, not ${positionals.length}.`)
  if (!isDriverName(driver)) {
    throw new Error(`--driver is one of ${Object.keys(STORAGES).join(', ')}, not ${driver}.`)
  }
  return {
    help,
    file: fromCaller(positionals[0] ?? BIRD_STRIKES.file),
    db: fromCaller(db),
    driver,
    rowsPerStep: wholeNumber('--rows', values.rows, 1, 1_000),
    pauseMs: wholeNumber('--pause', values.pause, 0, 60_000),
    journal: journal === undefined ? null : fromCaller(journal),
  }
}

/** A package manager runs scripts in the package's folder; paths are meant from where the command was typed. */
function fromCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path)
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`${option} is a whole number from ${least} to ${most}, not ${text}.`)
}
