import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * When to look after a sign of life. A commit writes its log, waits for the disk, and only then becomes visible: the first look
 * can be too early, and no further sign follows.
 */
const LOOKS_MS = [1, 10, 50]

/**
 * Watches a database file for commits of others, without keeping the process alive. Where the host cannot watch (no inotify
 * watches left, a deleted folder) it stays silent.
 *
 * @param hasChanged Tells whether someone else committed since it was last asked.
 * @returns Ends the watch.
 */
export function watchFile(path: string, hasChanged: () => boolean, listener: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  /** Which look is planned; null: none. */
  let planned: number | null = null
  let startsOver = false

  function plan(look: number): void {
    const delayMs = LOOKS_MS[look]
    planned = delayMs === undefined ? null : look
    if (delayMs === undefined) return
    timer = setTimeout(onTime, delayMs)
    timer.unref()
  }

  function onTime(): void {
    plan(startsOver || planned === null ? 0 : planned + 1)
    startsOver = false
    if (hasChanged()) listener()
  }

  /** Comes with each of our own commits too, and is then on the way of every run: timers are only touched when it pays. */
  function onSign(): void {
    const isSoon = planned !== null && planned < LOOKS_MS.length - 1
    if (isSoon) {
      startsOver = true
      return
    }
    clearTimeout(timer)
    plan(0)
  }

  // In WAL mode the database file itself is written at checkpoints only, and the log may not exist yet: hence the folder.
  const names = new Set([basename(path), `${basename(path)}-wal`])
  const watcher = watchFolder(dirname(path), (name) => {
    if (name === null || names.has(name)) onSign()
  })
  return () => {
    watcher?.close()
    clearTimeout(timer)
  }
}

function watchFolder(folder: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => onChange(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
