import { isDurablyError, type Run } from '@durably/core'
import { type FormEvent, useEffect, useState } from 'react'
import { useApp, useRole, useRuns } from './use-app.ts'

const PACE_MS = 400

const STATUS: Readonly<Record<Run['status'], string>> = {
  pending: 'Waiting',
  running: 'Running',
  suspended: 'Asleep',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** The page: a form for new orders, and the list of all. */
export function Page() {
  const role = useRole()
  const runs = useRuns()
  return (
    <main>
      <header className="top">
        <h1>Orders that get packed</h1>
        <p className="role" role="status" data-role={role}>
          {role === 'leading'
            ? 'This tab does the work'
            : role === 'following'
              ? 'Another tab does the work'
              : 'Opening …'}
        </p>
      </header>
      <StartProblem />
      <OrderForm />
      <section aria-label="Orders" className="runs">
        {runs.length === 0 && <p className="empty">No orders yet. Place one, then reload in the middle.</p>}
        {runs.map((run) => (
          <Order key={run.id} run={run} />
        ))}
      </section>
    </main>
  )
}

/** What to do when the database cannot be opened: the driver says it. */
function StartProblem() {
  const { started } = useApp()
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    started.catch((error: unknown) => setProblem(told(error)))
  }, [started])
  return problem === null ? null : <p role="alert">{problem}</p>
}

function OrderForm() {
  const { durably } = useApp()
  const [customer, setCustomer] = useState('Ada')
  const [problem, setProblem] = useState<string | null>(null)
  const place = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await durably.jobs.packOrder.trigger({ customer, items: 8, paceMs: PACE_MS })
      setProblem(null)
    } catch (error) {
      setProblem(told(error))
    }
  }
  return (
    <form onSubmit={(event) => void place(event)}>
      <label htmlFor="customer">Customer</label>
      <input id="customer" required value={customer} onChange={({ target }) => setCustomer(target.value)} />
      <button type="submit" className="primary">
        Place an order
      </button>
      {problem !== null && <p role="alert">{problem}</p>}
    </form>
  )
}

function Order({ run }: { readonly run: Run }) {
  const { durably } = useApp()
  const { customer } = run.input as { customer: string }
  const { current = 0, total = 1, message = 'Waiting' } = run.progress ?? {}
  const isOpen = run.status === 'pending' || run.status === 'running'
  return (
    <article className="run" data-status={run.status}>
      <h2>{customer}</h2>
      <span className="status">{STATUS[run.status]}</span>
      {isOpen && <progress max={total} value={current} aria-label={`Order of ${customer}`} />}
      <p aria-live="polite">{run.status === 'completed' ? String(run.output) : message}</p>
      <div className="buttons">
        {isOpen && (
          <button type="button" onClick={() => void durably.cancel(run.id)}>
            Cancel
          </button>
        )}
        {(run.status === 'failed' || run.status === 'cancelled') && (
          <button type="button" onClick={() => void durably.retry(run.id)}>
            Retry
          </button>
        )}
        {!isOpen && (
          <button type="button" onClick={() => void durably.deleteRun(run.id)}>
            Delete
          </button>
        )}
      </div>
    </article>
  )
}

function told(error: unknown): string {
  return isDurablyError(error) ? error.message : String(error)
}
