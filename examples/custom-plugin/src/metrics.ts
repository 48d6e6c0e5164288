import type { CancelTimer, Plugin } from '@durably/core'
import { type Percentiles, RecentDurations } from './recent-durations.ts'

/** What happened to the runs of one job in this process. */
export interface JobMetrics {
  readonly triggered: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  readonly retried: number
  /** Taken over from a worker that disappeared. */
  readonly recovered: number
  readonly steps: number
  /** Of the last executions that completed or failed; null before the first one. */
  readonly durationMs: Percentiles | null
}

/** The metrics of every job seen so far, by its name. */
export type MetricsSnapshot = Readonly<Record<string, JobMetrics>>

/** How to collect, and what to do with it. */
export interface MetricsOptions {
  /** How many durations of a job the percentiles are made of. Default 1,000. */
  readonly window?: number
  /** Calls `to` every `everyMs`, and a last time when the instance stops. Default: ask `snapshot()`. */
  readonly report?: { readonly everyMs: number; readonly to: (snapshot: MetricsSnapshot) => void }
}

/** A plugin that counts. */
export interface Metrics extends Plugin {
  snapshot(): MetricsSnapshot
}

type Counter = 'triggered' | 'completed' | 'failed' | 'cancelled' | 'retried' | 'recovered' | 'steps'

/**
 * Counts what happens to runs and how long they take. It listens, and keeps what it hears in memory: nothing is stored, and the
 * engine does not wait for it.
 *
 * @example
 * const metrics = collectMetrics()
 * const durably = createDurably({ storage, jobs, plugins: [metrics] })
 * app.get('/metrics', (request, response) => response.json(metrics.snapshot()))
 */
export function collectMetrics({ window = 1_000, report }: MetricsOptions = {}): Metrics {
  const jobs = new Map<string, JobCounters>()

  function job(name: string): JobCounters {
    let counters = jobs.get(name)
    if (counters === undefined) {
      counters = new JobCounters(window)
      jobs.set(name, counters)
    }
    return counters
  }

  function snapshot(): MetricsSnapshot {
    return Object.fromEntries([...jobs].map(([name, counters]) => [name, counters.snapshot()]))
  }

  return {
    name: 'metrics',
    snapshot,
    setup(host) {
      host.on('run:trigger', (event) => job(event.jobName).count('triggered'))
      host.on('run:recover', (event) => job(event.jobName).count('recovered'))
      host.on('run:retry', (event) => job(event.jobName).count('retried'))
      host.on('step:complete', (event) => job(event.jobName).count('steps'))
      host.on('run:complete', (event) => job(event.jobName).end('completed', event.durationMs))
      host.on('run:fail', (event) => job(event.jobName).end('failed', event.durationMs))
      host.on('run:cancel', (event) => job(event.jobName).count('cancelled'))
      if (report === undefined) return

      // The host's scheduler, not setInterval: under the virtual time of a test, time passes for the plugin too.
      const { everyMs, to } = report
      const tickLater = (): CancelTimer => host.scheduler.after(everyMs, tick, { background: true })
      let cancel = tickLater()
      function tick(): void {
        to(snapshot())
        cancel = tickLater()
      }
      return () => {
        cancel()
        to(snapshot())
      }
    },
  }
}

class JobCounters {
  readonly #durations: RecentDurations
  readonly #counts: Record<Counter, number> = {
    triggered: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    retried: 0,
    recovered: 0,
    steps: 0,
  }

  constructor(window: number) {
    this.#durations = new RecentDurations(window)
  }

  count(counter: Counter): void {
    this.#counts[counter]++
  }

  end(how: 'completed' | 'failed', durationMs: number): void {
    this.count(how)
    this.#durations.add(durationMs)
  }

  snapshot(): JobMetrics {
    return { ...this.#counts, durationMs: this.#durations.percentiles() }
  }
}
