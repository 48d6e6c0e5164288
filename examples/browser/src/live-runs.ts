import { isDurablyError, type LogLine, type Run, type Step } from '@durably/core'
import type { App } from './app.ts'

const SHOWN = 30
const SHOWN_LOGS = 200

/** A run with all that is shown of it. */
export interface LiveRun {
  readonly run: Run
  readonly steps: readonly Step[]
  readonly logs: readonly LogLine[]
  /** Names of the steps that are being executed, in whichever tab. */
  readonly active: readonly string[]
}

/** The newest runs, kept up to date by events: those of this tab and, while it follows, those of the leader. */
export class LiveRuns {
  readonly #app: App
  readonly #onChange: (runs: readonly LiveRun[]) => void
  readonly #active = new Map<string, Set<string>>()
  readonly #stop: () => void
  #shown: readonly LiveRun[] = []
  readonly #stale = new Set<string>()
  #refreshing = false

  constructor(app: App, onChange: (runs: readonly LiveRun[]) => void) {
    this.#app = app
    this.#onChange = onChange
    this.#stop = app.durably.on('*', (event) => {
      if (!('runId' in event)) return
      if (event.type === 'step:start') this.#activeSteps(event.runId).add(event.stepName)
      else if (event.type === 'step:complete' || event.type === 'step:fail')
        this.#activeSteps(event.runId).delete(event.stepName)
      else if (event.type !== 'log:write' && event.type !== 'run:progress') this.#active.delete(event.runId)
      this.#refresh(event.runId)
    })
  }

  /** Reads everything anew. */
  async load(): Promise<void> {
    const runs = await this.#app.durably.getRuns({ limit: SHOWN })
    this.#shown = await Promise.all(runs.map((run) => this.#read(run)))
    this.#onChange(this.#shown)
  }

  stop(): void {
    this.#stop()
  }

  /** However many events come in one turn, each run is read once. */
  #refresh(runId: string): void {
    this.#stale.add(runId)
    if (this.#refreshing) return
    this.#refreshing = true
    queueMicrotask(() => void this.#refreshStale())
  }

  async #refreshStale(): Promise<void> {
    try {
      while (this.#stale.size > 0) {
        const ids = [...this.#stale]
        this.#stale.clear()
        for (const id of ids) {
          const run = await this.#app.durably.getRun(id)
          const live = run === null ? [] : [await this.#read(run)]
          this.#shown = [...this.#shown.filter((shown) => shown.run.id !== id), ...live]
        }
        // Ids grow with time: the newest run comes first.
        this.#shown = this.#shown
          .toSorted((one, other) => (one.run.id < other.run.id ? 1 : -1))
          .slice(0, SHOWN)
        this.#onChange(this.#shown)
      }
    } catch (error) {
      // The database closes, or changes hands: whoever has it next is asked for everything anew.
      if (!isDurablyError(error)) throw error
    } finally {
      this.#refreshing = false
    }
  }

  async #read(run: Run): Promise<LiveRun> {
    const { durably } = this.#app
    const [steps, logs] = await Promise.all([
      durably.getSteps(run.id),
      durably.getLogs(run.id, { limit: SHOWN_LOGS }),
    ])
    const active = run.status === 'running' ? [...this.#activeSteps(run.id)] : []
    return { run, steps, logs, active }
  }

  #activeSteps(runId: string): Set<string> {
    let active = this.#active.get(runId)
    if (active === undefined) {
      active = new Set()
      this.#active.set(runId, active)
    }
    return active
  }
}
