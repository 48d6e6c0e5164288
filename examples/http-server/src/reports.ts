import { createDurably, DurablyError, type Run, type RunStatus } from '@durably/core'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import type { Options } from './options.ts'
import { reportJob } from './report-job.ts'

/** What a client learns about a run: no stack traces, no internals. */
export interface RunView {
  readonly id: string
  readonly status: RunStatus
  readonly input: unknown
  readonly progress: Run['progress']
  readonly output: unknown
  readonly error: { readonly message: string; readonly step: string | null } | null
  readonly createdAt: string
  readonly finishedAt: string | null
}

/** Everything the routes need, whichever framework they are written with. */
export class Reports {
  readonly #durably

  constructor({ db, outbox }: Pick<Options, 'db' | 'outbox'>) {
    this.#durably = createDurably({
      storage: betterSqlite3({ path: db }),
      jobs: { report: reportJob(outbox) },
      concurrency: 4,
      heartbeatInterval: 1_000,
      staleThreshold: 5_000,
    })
  }

  /** Makes the tables; executes runs from then on if this process is to. */
  async open({ worker }: Pick<Options, 'worker'>): Promise<void> {
    await this.#durably.migrate()
    if (worker) this.#durably.start()
  }

  /**
   * Asks for a report. It is stored when this resolves, and will be written whatever happens to this process.
   *
   * @param body as the client sent it: the job's schema decides whether it is acceptable
   */
  async request(body: unknown, idempotencyKey?: string): Promise<RunView> {
    const input = body as { readonly title: string }
    return view(await this.#durably.jobs.report.trigger(input, { idempotencyKey }))
  }

  /** @throws DurablyError `NOT_FOUND` */
  async get(runId: string): Promise<RunView> {
    const run = await this.#durably.getRun(runId)
    if (run === null) throw new DurablyError('NOT_FOUND', `There is no run ${runId}.`)
    return view(run)
  }

  /** Fifty at a time, newest first; `cursor` is the id of the last one seen. */
  async list(filter: { readonly status?: unknown; readonly cursor?: unknown }): Promise<RunView[]> {
    const { status, cursor } = filter as { readonly status?: RunStatus; readonly cursor?: string }
    return (await this.#durably.getRuns({ status, cursor })).map(view)
  }

  /** A failed or cancelled run is executed again, from its first step that is not recorded. */
  async retry(runId: string): Promise<RunView> {
    return view(await this.#durably.retry(runId))
  }

  async cancel(runId: string): Promise<RunView> {
    return view(await this.#durably.cancel(runId))
  }

  /** Waits a little for what is being executed, hands the rest back to other workers, and lets go of the file. */
  async close(): Promise<void> {
    await this.#durably.close({ timeout: 5_000 })
  }
}

function view({ id, status, input, progress, output, error, createdAt, finishedAt }: Run): RunView {
  return {
    id,
    status,
    input,
    progress,
    output,
    error: error && { message: error.message, step: error.stepName ?? null },
    createdAt,
    finishedAt,
  }
}
