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
  let next = 0

  function look(): void {
    timer = undefined
    next += 1
    lookLater()
    if (hasChanged()) listener()
  }

  function lookLater(): void {
    const delayMs = LOOKS_MS[next]
    if (delayMs === undefined) return
    timer = setTimeout(look, delayMs)
    timer.unref()
  }

  function signOfLife(): void {
    // Signs come with each of our own commits too: one that is followed up already costs nothing more.
    if (timer !== undefined && next === 0) return
    clearTimeout(timer)
    next = 0
    lookLater()
  }

  // In WAL mode the database file itself is written at checkpoints only, and the log may not exist yet: hence the folder.
  const names = new Set([basename(path), `${basename(path)}-wal`])
  const watcher = watchFolder(dirname(path), (name) => {
    if (name === null || names.has(name)) signOfLife()
  })
  return () => {
    watcher?.close()
    clearTimeout(timer)
    next = LOOKS_MS.length
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
