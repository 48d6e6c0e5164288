import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk in memory whose size can be changed. */
export interface SmallDisk {
  readonly folder: string
  resize(kilobytes: number): void
  remove(): void
}

/** Why this host cannot make small disks; null when it can. */
export function smallDiskObstacle(): string | null {
  if (process.platform !== 'linux') return `a tmpfs is mounted on Linux only, this is ${process.platform}`
  try {
    createSmallDisk(64).remove()
    return null
  } catch (error) {
    return `a tmpfs cannot be mounted here: ${error instanceof Error ? error.message.trim() : error}`
  }
}

/** Mounts a disk of this size. @throws Error where this process may not mount */
export function createSmallDisk(kilobytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'durably-e2e-disk-'))
  try {
    mount('-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'durably-e2e', folder)
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
  return {
    folder,
    resize: (size) => mount('-o', `remount,size=${size}k`, folder),
    remove() {
      execFileSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' })
}
