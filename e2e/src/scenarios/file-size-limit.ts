import { execFileSync } from 'node:child_process'

/** Why this host cannot limit the size of files of a running process; null when it can. */
export function fileSizeLimitObstacle(): string | null {
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize'], { stdio: 'pipe' })
    return null
  } catch {
    return 'the command prlimit is not there'
  }
}

/**
 * From now on, writes of this process beyond so many bytes of any file fail with an error that SQLite takes for one of the disk.
 * Null: they succeed again.
 */
export function limitFileSize(pid: number, bytes: number | null): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes ?? 'unlimited'}:unlimited`])
}
