import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * When to look after a sign of life: a commit writes its log, waits for the disk, and only then becomes visible, so the first look
 * can be too early, and no further sign follows. The last pause is repeated while the file is in use.
 */
const LOOKS_MS = [1, 10, 20]
/** That many looks in a row without a commit of anyone: the file is at rest. */
const LOOKS_AT_REST = 3
/** The look after the watcher is back, for a commit that was on its way before. */
const LAST_LOOK_MS = 50

/** What is known of the file's commits. */
export interface CommitSigns {
  /** Did someone else commit since it was last asked? */
  hasChanged(): boolean
  /** Grows with each commit of this process. */
  ownCommits(): number
}

/**
 * Watches a database file for commits of others, without keeping the process alive. Where the host cannot watch (no inotify
 * watches left, a deleted folder) it stays silent.
 *
 * Our own commits are signs of life too, and following each would cost a third of a small commit. So the host's watcher is only
 * there while the file is at rest; while it is in use, a look every few milliseconds is cheaper.
 *
 * @returns Ends the watch.
 */
export function watchFile(path: string, signs: CommitSigns, listener: () => void): () => void {
  // In WAL mode the database file itself is written at checkpoints only, and the log may not exist yet: hence the folder.
  const names = new Set([basename(path), `${basename(path)}-wal`])
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  let ownCommits = 0
  let quietLooks = 0

  function rest(): void {
    watcher = watchFolder(dirname(path), (name) => {
      if (name === null || names.has(name)) wakeUp()
    })
  }

  function wakeUp(): void {
    watcher?.close()
    watcher = undefined
    ownCommits = signs.ownCommits()
    quietLooks = 0
    plan(0)
  }

  function plan(look: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => onLook(look), LOOKS_MS[Math.min(look, LOOKS_MS.length - 1)])
    timer.unref()
  }

  function onLook(look: number): void {
    const changed = signs.hasChanged()
    const commits = signs.ownCommits()
    quietLooks = changed || commits !== ownCommits ? 0 : quietLooks + 1
    ownCommits = commits
    if (quietLooks < LOOKS_AT_REST) plan(look + 1)
    else {
      rest()
      timer = setTimeout(() => signs.hasChanged() && listener(), LAST_LOOK_MS)
      timer.unref()
    }
    if (changed) listener()
  }

  rest()
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
