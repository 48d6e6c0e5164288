import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What the command lines of the servers and the worker have in common. */
export interface Options {
  /** 0: any that is free. */
  readonly port: number
  readonly db: string
  /** The folder reports are put into. It is not made: a missing one is how a run comes to fail. */
  readonly outbox: string
  /** Does this process execute runs, or only take them in? */
  readonly worker: boolean
}

/** Reads `--port 3000 --db reports.db --outbox outbox --no-worker`. */
export function readOptions(args: readonly string[] = process.argv.slice(2)): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      port: { type: 'string', default: '3000' },
      db: { type: 'string', default: 'reports.db' },
      outbox: { type: 'string', default: 'outbox' },
      worker: { type: 'boolean', default: true },
    },
  })
  // A package manager runs scripts in the package's folder; paths are meant from where the command was typed.
  const here = process.env['INIT_CWD'] ?? '.'
  return {
    port: Number(values.port),
    db: resolve(here, values.db),
    outbox: resolve(here, values.outbox),
    worker: values.worker,
  }
}
