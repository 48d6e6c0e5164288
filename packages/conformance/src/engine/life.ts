import { defineJob, isDurablyError } from '@durably/core'
import { ConformanceError, expectEqual, expectTrue, present } from '../expect.ts'
import { type Act, type Plan, PROCESSES } from './life-act.ts'
import type { LifeWitness } from './life-witness.ts'
import { anything } from './schema.ts'
import type { Process, World } from './world.ts'

/** Leases are short, so that take-overs happen often. */
const SETTINGS = { pollingInterval: 2_000, heartbeatInterval: 1_000, staleThreshold: 4_000, concurrency: 2 }
/** Virtual time in which everything must have come to its end once nothing fails any more. */
const PATIENCE_MS = 3_600_000

/** The job a life is about: its steps return what no other execution returns, its output is the list of that. */
function toil({ time }: World, witness: LifeWitness) {
  const sleep = (ms: number) => new Promise<void>((resolve) => time.scheduler.after(ms, resolve))
  return defineJob({ name: 'toil', input: anything<Plan>() }, async (step, plan) => {
    const perform = (index: number) =>
      step.run(`step ${index}`, async ({ attempt }) => {
        witness.begins(step.runId, `step ${index}`)
        if (plan.pauseMs > 0) await sleep(plan.pauseMs)
        if (index === plan.steps - 1 && attempt <= plan.failures) throw new Error(`failure ${attempt}`)
        return witness.token()
      })
    const indexes = Array.from({ length: plan.steps }, (_, index) => index)
    step.setProgress({ current: step.generation })
    if (plan.sideBySide) return Promise.all(indexes.map(perform))
    const tokens: number[] = []
    for (const index of indexes) tokens.push(await perform(index))
    return tokens
  })
}

type Toil = ReturnType<typeof toil>
type Toiler = Process<{ readonly toil: Toil }>

/** Several processes on one database, taken through one random life. */
export class Life {
  readonly #world: World
  readonly #witness: LifeWitness
  readonly #job: Toil
  /** Those that live, by their place. */
  readonly #living: Toiler[] = []
  /** Those that ever lived. */
  readonly #all: Toiler[] = []
  readonly #mends: (() => void)[] = []
  readonly #acknowledged: string[] = []
  /** False once answers or processes were lost: then an event may have been lost with them. */
  #isWhole = true

  constructor(world: World, witness: LifeWitness) {
    this.#world = world
    this.#witness = witness
    this.#job = toil(world, witness)
  }

  async begin(): Promise<void> {
    for (let place = 0; place < PROCESSES; place++) await this.#boot(place)
  }

  /** Lets one thing happen, and what follows from it. */
  async play(act: Act): Promise<void> {
    await this.#perform(act)
    await this.#world.time.settle()
    this.#witness.judge()
    await this.#checkKeys()
  }

  /** Mends what was broken and waits until every run has ended. */
  async end(): Promise<void> {
    for (const mend of this.#mends) mend()
    // What was being stopped may still be; a process more makes sure that somebody works.
    await this.#boot(PROCESSES)
    for (const { durably } of this.#living) durably.start()
    const { time, storage } = this.#world
    for (let waited = 0; waited < PATIENCE_MS; waited += 20_000) {
      const open = await storage.getRuns({ ...EVERYTHING, statuses: ['pending', 'running', 'suspended'] })
      if (open.length === 0) return
      await time.advance(20_000)
    }
    throw new ConformanceError('Some runs never came to their end.')
  }

  /** What must hold after every life. */
  async check(): Promise<void> {
    this.#witness.judge()
    const { durably } = present(this.#all.at(-1), 'the last process')
    for (const runId of new Set(this.#acknowledged)) {
      const run = await durably.getRun(runId)
      expectEqual(run === null, this.#witness.isRemoved(runId), `run ${runId} is gone, and it was deleted`)
      if (run?.status !== 'completed') continue
      const steps = await durably.getSteps(runId)
      expectEqual(
        run.output,
        steps.filter((step) => step.status === 'completed').map((step) => step.output),
        `the output of run ${runId} and its recorded steps`,
      )
    }
    this.#checkEvents()
  }

  #checkEvents(): void {
    const told = new Map<string, number>()
    for (const { events, errors } of this.#all) {
      expectEqual(
        events.map((event) => event.sequence),
        events.map((_, index) => index + 1),
        'the sequence of events',
      )
      expectEqual(errors, [], 'what onError was told')
      for (const event of events) {
        if (event.type !== 'run:complete' && event.type !== 'run:fail' && event.type !== 'run:cancel')
          continue
        told.set(event.runId, (told.get(event.runId) ?? 0) + 1)
      }
    }
    for (const runId of new Set(this.#acknowledged)) {
      const [heard, happened] = [told.get(runId) ?? 0, this.#witness.endsOf(runId)]
      expectTrue(
        this.#isWhole ? heard === happened : heard <= happened,
        `run ${runId} ended ${happened} times, and its end was published ${heard} times`,
      )
    }
  }

  async #boot(place: number): Promise<void> {
    const process = await this.#world.boot({ jobs: { toil: this.#job }, ...SETTINGS })
    this.#living[place] = process
    this.#all.push(process)
  }

  async #perform(act: Act): Promise<void> {
    const { time } = this.#world
    if (act.does === 'wait') return time.advance(act.ms)
    const process = present(this.#living[act.by], 'the process')
    const { durably, jobs, storage } = process
    switch (act.does) {
      case 'trigger':
        return this.#tolerate(async () => {
          const options = {
            ...(act.key === 0 ? {} : { concurrencyKey: `key ${act.key}` }),
            ...(act.idempotency === 0 ? {} : { idempotencyKey: `once ${act.idempotency}` }),
          }
          const runs = await jobs.toil.batchTrigger(act.plans.map((input) => ({ input, options })))
          this.#acknowledged.push(...runs.map((run) => run.id))
          if (act.idempotency > 0)
            expectEqual(new Set(runs.map((run) => run.id)).size, 1, 'runs with one idempotency key')
        })
      case 'cancel':
        return this.#onRun(act.run, async (runId) => {
          expectEqual((await durably.cancel(runId)).status, 'cancelled', 'what cancel answers')
        })
      case 'retry':
        return this.#onRun(act.run, async (runId) => void (await durably.retry(runId)))
      case 'delete':
        return this.#onRun(act.run, (runId) => durably.deleteRun(runId))
      case 'purge':
        return this.#tolerate(async () => void (await durably.purge({ olderThan: 10_000, limit: 2 })))
      case 'process':
        return void this.#tolerate(async () => void (await durably.processUntilIdle({ maxRuns: 3 })))
      case 'start':
        return durably.start()
      case 'stop':
        return void durably.stop({ timeout: act.timeoutMs })
      case 'stall': {
        const releases = STALLED.map((verb) => storage.hold(verb))
        time.scheduler.after(act.ms, () => {
          for (const release of releases) release()
        })
        return
      }
      case 'break':
        this.#isWhole = false
        this.#mends.push(storage.fail({ ...act, code: 'STORAGE_IO' }))
        return
      case 'crash':
        this.#isWhole = false
        process.crash()
        await this.#boot(act.by)
        return present(this.#living[act.by], 'the new process').durably.start()
    }
  }

  async #onRun(pick: number, order: (runId: string) => Promise<void>): Promise<void> {
    const runId = this.#acknowledged.at(-1 - (pick % Math.max(1, this.#acknowledged.length)))
    if (runId !== undefined) await this.#tolerate(() => order(runId))
  }

  /** Orders may come too late, and databases may fail; nothing else may go wrong. */
  async #tolerate(order: () => Promise<void>): Promise<void> {
    try {
      await order()
    } catch (error) {
      if (!isDurablyError(error) || !TOLERABLE.has(error.code)) throw error
    }
  }

  async #checkKeys(): Promise<void> {
    const running = await this.#world.storage.getRuns({ ...EVERYTHING, statuses: ['running'] })
    const keys = running.flatMap((run) => run.concurrencyKey ?? [])
    expectEqual(keys.length, new Set(keys).size, 'running runs with a concurrency key, and their keys')
  }
}

/** What the engine calls by itself; orders of the test would wait for ever while no time passes. */
const STALLED = [
  'claim',
  'recover',
  'renew',
  'recordStep',
  'recordProgress',
  'settle',
  'wake',
  'nextDue',
] as const
const EVERYTHING = { statuses: null, jobNames: null, labels: null, limit: 10_000, cursor: null }
const TOLERABLE: ReadonlySet<string> = new Set(['STORAGE_IO', 'CONFLICT', 'NOT_FOUND', 'STOPPED'])
