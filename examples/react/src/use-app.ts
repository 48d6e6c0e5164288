import type { Actions } from '@durably/example-browser/actions.ts'
import type { App } from '@durably/example-browser/app.ts'
import type { LiveRun } from '@durably/example-browser/live-runs.ts'
import type { StorageState } from '@durably/example-browser/live-storage.ts'
import { createContext, useContext, useSyncExternalStore } from 'react'

/** What components below an `AppProvider` can use. */
export interface AppInUse {
  readonly app: App
  /** Does something; what fails is told in the notice. */
  readonly attempt: (work: (actions: Actions) => Promise<unknown>) => void
  /** What went wrong last, until something else is attempted. */
  readonly notice: string | null
}

/** Filled by `AppProvider`. */
export const AppContext = createContext<AppInUse | null>(null)

/** @throws Error outside of an `AppProvider` */
export function useApp(): AppInUse {
  const inUse = useContext(AppContext)
  if (inUse === null) throw new Error('Put an AppProvider around this component.')
  return inUse
}

/** The newest runs with their steps and logs, live. */
export function useRuns(): readonly LiveRun[] {
  const { shown } = useApp().app.runs
  return useSyncExternalStore(shown.subscribe, shown.getSnapshot)
}

/** What this tab is to the database, and how large it is, live. */
export function useStorage(): StorageState {
  const { state } = useApp().app.about
  return useSyncExternalStore(state.subscribe, state.getSnapshot)
}
