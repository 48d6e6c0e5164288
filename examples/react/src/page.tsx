import { ROLES, storageText, tabsText } from '@durably/example-browser/view/words.ts'
import { useRef } from 'react'
import { Intake } from './intake.tsx'
import { RunCard } from './run-card.tsx'
import { useApp, useRuns, useStorage } from './use-app.ts'

/** The page: a place for files, the list of runs, and what is known about the storage. */
export function Page() {
  const { notice } = useApp()
  return (
    <main>
      <Header />
      {notice !== null && (
        <p className="notice" role="alert">
          {notice}
        </p>
      )}
      <Intake />
      <Runs />
      <Footer />
    </main>
  )
}

function Header() {
  const { role, info } = useStorage()
  return (
    <header className="top">
      <div>
        <h1>Work that survives</h1>
        <div className="badges">
          <p className="role" role="status" data-role={role}>
            {ROLES[role]}
          </p>
          {info !== null && <span className="tabs">{tabsText(info)}</span>}
        </div>
      </div>
      <p className="lead">
        Files are processed here, in steps that are recorded in SQLite. Reload, close the tab or open a second
        one: it goes on where it was. Shown by React.
      </p>
    </header>
  )
}

function Runs() {
  const runs = useRuns()
  const list = useRef<HTMLDivElement>(null)
  return (
    <section aria-label="Runs">
      <h2>Runs</h2>
      {runs.length === 0 && (
        <p className="empty">No runs yet. Start with the sample, then reload in the middle.</p>
      )}
      <div className="runs" tabIndex={-1} ref={list}>
        {runs.map((live) => (
          // Whoever deletes a run by keyboard goes on from the list, not from the top of the page.
          <RunCard key={live.run.id} live={live} onDelete={() => list.current?.focus()} />
        ))}
      </div>
    </section>
  )
}

function Footer() {
  const { attempt } = useApp()
  const { info } = useStorage()
  return (
    <footer>
      <p>{info !== null && storageText(info)}</p>
      <button type="button" className="quiet" onClick={() => attempt((actions) => actions.download())}>
        Download the database
      </button>
    </footer>
  )
}
