import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, type as systemName, totalmem } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { median } from './percentile.ts'

/** What the figures depend on, as lines of a Markdown list. */
export function environment(directory: string): string {
  const database = new Database(':memory:')
  const sqlite = database.prepare('SELECT sqlite_version()').pluck().get() as string
  database.close()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  return [
    `- ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, ${memory}, ${systemName()} ${release().split('-')[0]}`,
    `- Node ${process.versions.node}; SQLite ${sqlite} in better-sqlite3`,
    `- an fsync takes ${fsyncMs(directory).toFixed(2)} ms where the databases are`,
    `- load average ${loadavg()[1]?.toFixed(1)} over the last five minutes; about 1 is the benchmark itself`,
    '- durability `full`: WAL with `synchronous=FULL`; `process`: WAL with `synchronous=NORMAL`; set on every connection measured',
  ].join('\n')
}

function fsyncMs(directory: string): number {
  const path = join(directory, `fsync-${process.pid}`)
  const file = openSync(path, 'w')
  const page = new Uint8Array(4096)
  const timesMs = Array.from({ length: 50 }, () => {
    writeSync(file, page)
    const startedAt = performance.now()
    fsyncSync(file)
    return performance.now() - startedAt
  })
  closeSync(file)
  rmSync(path)
  return median(timesMs)
}
