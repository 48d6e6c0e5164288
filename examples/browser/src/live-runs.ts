import { type Durably, isDurablyError, type LogLine, type Run, type Step } from '@durably/core'
import { Store } from './store.ts'

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

type RunSource = Pick<Durably, 'on' | 'getRun' | 'getRuns' | 'getSteps' | 'getLogs'>

/** The newest runs, kept up to date by events: those of this tab and, while it follows, those of the leader. */
export class LiveRuns {
  readonly shown = new Store<readonly LiveRun[]>([])
  readonly #durably: RunSource
  readonly #active = new Map<string, Set<string>>()
  readonly #stop: () => void
  readonly #stale = new Set<string>()
  #refreshing = false

  constructor(durably: RunSource) {
    this.#durably = durably
    this.#stop = durably.on('*', (event) => {
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
    const runs = await this.#durably.getRuns({ limit: SHOWN })
    this.shown.set(await Promise.all(runs.map((run) => this.#read(run))))
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
        const fresh: LiveRun[] = []
        for (const id of ids) {
          const run = await this.#durably.getRun(id)
          if (run !== null) fresh.push(await this.#read(run))
        }
        const rest = this.shown.getSnapshot().filter(({ run }) => !ids.includes(run.id))
        // Ids grow with time: the newest run comes first.
        const newestFirst = [...rest, ...fresh].toSorted((one, other) => (one.run.id < other.run.id ? 1 : -1))
        this.shown.set(newestFirst.slice(0, SHOWN))
      }
    } catch (error) {
      // The database closes, or changes hands: whoever has it next is asked for everything anew.
      if (!isDurablyError(error)) throw error
    } finally {
      this.#refreshing = false
    }
  }

  async #read(run: Run): Promise<LiveRun> {
    const [steps, logs] = await Promise.all([
      this.#durably.getSteps(run.id),
      this.#durably.getLogs(run.id, { limit: SHOWN_LOGS }),
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
