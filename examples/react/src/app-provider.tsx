import { isDurablyError } from '@durably/core'
import { createActions } from '@durably/example-browser/actions.ts'
import type { App } from '@durably/example-browser/app.ts'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { AppContext, type AppInUse } from './use-app.ts'

/** Hands the application to all components below, and keeps what went wrong. */
export function AppProvider({ app, children }: { readonly app: App; readonly children: ReactNode }) {
  const [notice, setNotice] = useState<string | null>(null)
  useEffect(() => {
    // Nothing is started here, so that mounting twice does nothing twice.
    app.started.catch((error: unknown) => setNotice(told(error)))
  }, [app])
  const inUse = useMemo<AppInUse>(() => {
    const actions = createActions(app)
    return {
      app,
      notice,
      attempt(work) {
        setNotice(null)
        work(actions).catch((error: unknown) => setNotice(told(error)))
      },
    }
  }, [app, notice])
  return <AppContext value={inUse}>{children}</AppContext>
}

function told(error: unknown): string {
  return isDurablyError(error) ? error.message : String(error)
}
