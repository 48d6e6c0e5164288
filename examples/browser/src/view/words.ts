import type { Run } from '@durably/core'
import type { SqlocalInfo, TabRole } from '@durably/driver-sqlocal'
import { bytes, clockTime, duration } from './format.ts'

/** States of runs, as people read them. */
export const STATUS: Readonly<Record<Run['status'], string>> = {
  pending: 'Waiting',
  running: 'Running',
  suspended: 'Asleep',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** What a tab is to the database, as people read it. */
export const ROLES: Readonly<Record<TabRole, string>> = {
  leading: 'This tab does the work',
  following: 'Another tab does the work',
  standby: 'Waiting for the database',
  stopped: 'Stopped',
}

/** `1.4 MB in this browser, kept until you delete it.` */
export function storageText({ sizeBytes, persisted }: SqlocalInfo): string {
  const kept = persisted ? 'kept until you delete it' : 'kept unless the browser runs out of space'
  return `${bytes(sizeBytes)} in this browser, ${kept}.`
}

/** `2 tabs` */
export function tabsText({ tabs }: SqlocalInfo): string {
  return tabs === 1 ? '1 tab' : `${tabs} tabs`
}

/** `14:03:22 · 4.1 s · continued 2 times` */
export function facts({ createdAt, startedAt, finishedAt, generation }: Run): string {
  const parts = [clockTime(createdAt)]
  if (startedAt !== null && finishedAt !== null)
    parts.push(duration(Date.parse(finishedAt) - Date.parse(startedAt)))
  if (generation > 1) parts.push(`continued ${generation - 1} ${generation === 2 ? 'time' : 'times'}`)
  return parts.join(' · ')
}
