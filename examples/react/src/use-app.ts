import type { Run } from '@durably/core'
import type { TabRole } from '@durably/driver-sqlocal'
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { App } from './app.ts'

/** The application, for all components below. */
export const AppContext = createContext<App | null>(null)

/** @throws Error outside of an `AppContext` */
export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('Put an AppContext around this component.')
  return app
}

/** The newest runs, live. */
export function useRuns(): readonly Run[] {
  const { runs } = useApp()
  return useSyncExternalStore(runs.subscribe, runs.getSnapshot)
}

/** What this tab is to the database, live. */
export function useRole(): TabRole {
  const { storage } = useApp()
  return useSyncExternalStore(storage.onRoleChange, () => storage.role)
}
