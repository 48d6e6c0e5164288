import type { LogLine, Run, Step } from '@durably/core'
import type { LiveRun } from '@durably/example-browser/live-runs.ts'
import { clockTime, duration } from '@durably/example-browser/view/format.ts'
import { facts, STATUS } from '@durably/example-browser/view/words.ts'
import { useLayoutEffect, useRef } from 'react'
import { Report } from './report.tsx'
import { useApp } from './use-app.ts'

/** One run: name, status, progress, steps, what it found, logs, and what can be done with it. */
export function RunCard({ live, onDelete }: { readonly live: LiveRun; readonly onDelete: () => void }) {
  const { run, steps, logs, active } = live
  const { source } = run.input as { source: { name: string } }
  const { current = 0, total = 1, message = '' } = run.progress ?? {}
  return (
    <article className="run" data-status={run.status} data-run-id={run.id}>
      <header>
        <h3>{source.name}</h3>
        <span className="status" aria-live="polite">
          {STATUS[run.status]}
        </span>
      </header>
      <p className="facts">{facts(run)}</p>
      <progress
        max={1}
        value={run.status === 'completed' ? 1 : current / Math.max(total, 1)}
        aria-label={`Progress of ${source.name}`}
      />
      <p className="message">{run.error === null ? message : run.error.message}</p>
      <Steps steps={steps} active={active} />
      {run.status === 'completed' && <Report output={run.output} />}
      {logs.length > 0 && <Logs lines={logs} />}
      <Buttons run={run} onDelete={onDelete} />
    </article>
  )
}

function Steps({ steps, active }: Pick<LiveRun, 'steps' | 'active'>) {
  const list = useRef<HTMLOListElement>(null)
  const wasAtEnd = useRef(true)
  useLayoutEffect(() => {
    // Follows the newest step, unless someone has scrolled back to look at an earlier one.
    if (steps.length > 0 && wasAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [steps])
  return (
    <ol
      className="steps"
      aria-label="Steps"
      ref={list}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        wasAtEnd.current = scrollTop + clientHeight >= scrollHeight - 1
      }}
    >
      {steps.map((step) => (
        <li key={`${step.name} ${step.attempt}`} data-state={step.forgotten ? 'forgotten' : step.status}>
          <span>{step.name}</span>
          <small>{took(step)}</small>
        </li>
      ))}
      {active.map((name) => (
        <li key={`${name} active`} data-state="active">
          <span>{name}</span>
          <small>…</small>
        </li>
      ))}
    </ol>
  )
}

function took({ attempt, startedAt, finishedAt }: Step): string {
  const time = duration(Date.parse(finishedAt) - Date.parse(startedAt))
  return attempt > 1 ? `attempt ${attempt}, ${time}` : time
}

function Logs({ lines }: { readonly lines: readonly LogLine[] }) {
  return (
    <details>
      <summary>Log</summary>
      <ul className="logs">
        {lines.map(({ id, level, timestamp, message }) => (
          <li key={id} data-level={level}>
            <time>{clockTime(timestamp)}</time> {message}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** The first button stays the same element whatever it says, so that focus stays with it. */
function Buttons({ run, onDelete }: { readonly run: Run; readonly onDelete: () => void }) {
  const { attempt } = useApp()
  const isOpen = run.status === 'pending' || run.status === 'running' || run.status === 'suspended'
  const [label, act] = isOpen
    ? (['Cancel', 'cancel'] as const)
    : run.status === 'completed'
      ? (['Run again', 'again'] as const)
      : (['Retry', 'retry'] as const)
  return (
    <div className="buttons">
      <button
        type="button"
        className={isOpen ? 'quiet' : ''}
        onClick={() => attempt((actions) => actions[act](run.id))}
      >
        {label}
      </button>
      {!isOpen && (
        <button
          type="button"
          className="quiet"
          onClick={() => {
            onDelete()
            attempt((actions) => actions.remove(run.id))
          }}
        >
          Delete
        </button>
      )}
    </div>
  )
}
