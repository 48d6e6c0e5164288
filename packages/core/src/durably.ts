import { createHandle } from './client/handle.ts'
import type { JobHandle, WaitOptions } from './client/job-handle.ts'
import { createRuns, type Runs } from './client/runs.ts'
import { subscribeTo } from './client/subscription.ts'
import { createTriggers } from './client/triggers.ts'
import { waitForRun } from './client/wait.ts'
import { consoleReport } from './defaults/console-report.ts'
import { hostRandom } from './defaults/host-random.ts'
import { soloCoordination } from './defaults/solo-coordination.ts'
import { systemClock } from './defaults/system-clock.ts'
import { timerScheduler } from './defaults/timer-scheduler.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { createBus } from './events/bus.ts'
import type { AnyEvent, EventType } from './events/events.ts'
import { relayEvents } from './events/relay.ts'
import type { Durably, Jobs, NoJobs } from './instance.ts'
import { type AnyJob, defineJob } from './job/job.ts'
import { Registry } from './job/registry.ts'
import { requireName } from './limits.ts'
import { optionError } from './options.ts'
import type { Plugin } from './plugins/plugin.ts'
import { createPluginSet } from './plugins/plugin-set.ts'
import type { Clock } from './ports/clock.ts'
import type { Random } from './ports/random.ts'
import type { ReportError } from './ports/report-error.ts'
import type { Scheduler } from './ports/scheduler.ts'
import type { Storage } from './ports/storage.ts'
import { resolveSettings, type SettingsOptions } from './settings.ts'

/** How an instance is put together. */
export interface DurablyOptions<J extends Jobs = NoJobs> extends SettingsOptions {
  /** Where runs live: what a driver's function answers. */
  readonly storage: Storage
  /** Jobs by the key the application calls them; typed handles appear at `durably.jobs`. */
  readonly jobs?: J | undefined
  /** Set up before anything is triggered or claimed, torn down at `stop` in reverse order. */
  readonly plugins?: readonly Plugin[] | undefined
  /** Told about failures that have no caller: a listener that threw, a worker that gave up. Default: `console.error`. */
  readonly onError?: ReportError | undefined
  /** Default: the host's own. */
  readonly clock?: Clock | undefined
  /** Default: the storage's, where it brings one; otherwise the host's own timers. */
  readonly scheduler?: Scheduler | undefined
  /** Default: the host's own. */
  readonly random?: Random | undefined
}

/**
 * Puts an instance together. Nothing is opened, written or started yet.
 *
 * @throws DurablyError `OPTION_INVALID` naming the option, `NAME_TAKEN`
 * @example
 * const durably = createDurably({ storage: betterSqlite3({ path: 'app.db' }), jobs: { syncUsers } })
 * await durably.migrate()
 * durably.start()
 * await durably.jobs.syncUsers.trigger({ orgId: 'org_1' })
 */
export function createDurably<const J extends Jobs = NoJobs>(options: DurablyOptions<J>): Durably<J> {
  const { storage, clock = systemClock, random = hostRandom } = options
  if (typeof storage?.enqueue !== 'function')
    throw optionError('storage', 'a storage, like betterSqlite3()', typeof storage)
  const { coordination } = storage
  const scheduler = options.scheduler ?? storage.scheduler ?? timerScheduler
  const settings = resolveSettings(options)
  const report = guarded(options.onError ?? consoleReport)
  const bus = createBus(clock, report)
  const registry = new Registry()
  const handles = new Map<string, JobHandle<AnyJob>>()

  const plugins = createPluginSet(
    {
      clock,
      scheduler,
      getRun: (runId) => runs.getRun(runId),
      getSteps: (runId) => runs.getSteps(runId),
      appendLogs: (entries) => storage.appendLogs(entries),
      getLogs: (runId, page) => storage.getLogs(runId, page),
    },
    bus,
    report,
    settings.limits,
  )
  const ports = {
    storage,
    coordination: coordination ?? soloCoordination(storage.capabilities.exclusive),
    clock,
    scheduler,
    random,
    bus,
    report,
    registry,
    settings,
    ...plugins,
    nudge: (dueAt: number | null): void => engine.nudge(dueAt),
    interrupt: (runId: string): void => engine.interrupt(runId),
  }
  const runs: Runs = createRuns(ports)
  const { getChecked, expire, ...asked } = runs
  const engine: Engine = createEngine(ports, expire)
  const { start, stop, pass, processUntilIdle } = engine
  if (coordination) {
    relayEvents(bus, coordination, scheduler, (event) => {
      if (event.type === 'run:cancel') engine.interrupt(event.runId)
    })
  }
  const triggers = createTriggers(ports)
  const waitFor = async (runId: string, wait: WaitOptions = {}) => waitForRun(runId, wait, ports, asked)

  const registerOne = (job: AnyJob): JobHandle<AnyJob> => {
    requireName(job.name, 'job name', settings.limits)
    const known = handles.get(job.name)
    if (known?.job === job) return known
    registry.add(job)
    const handle = createHandle(job, triggers, asked, waitFor)
    handles.set(job.name, handle)
    ports.nudge(null)
    return handle
  }
  const register = (given: AnyJob | Jobs) =>
    isJob(given)
      ? registerOne(given)
      : Object.fromEntries(
          Object.entries(given).map(([key, job]) => {
            if (!isJob(job)) throw optionError(`jobs.${key}`, 'a job made by defineJob', typeof job)
            return [key, registerOne(job)]
          }),
        )

  const untyped: Omit<Durably, TypedByJobs> = {
    ...asked,
    migrate: () => storage.migrate(),
    start,
    stop,
    async close(stopOptions) {
      await stop(stopOptions)
      await storage.close()
    },
    async processOne() {
      const [runId] = (await pass(() => 1)).taken
      return runId === undefined ? null : asked.getRun(runId)
    },
    processUntilIdle,
    subscribe: (runId) => subscribeTo(runId, ports),
    use: plugins.add,
    waitForRun: waitFor,
    retrigger: async (runId) => triggers.again(await getChecked(runId)),
  }
  const typed: Record<TypedByJobs, unknown> = {
    jobs: register(options.jobs ?? {}),
    register,
    defineJob: (...args: Parameters<typeof defineJob>) => registerOne(defineJob(...args)),
    on(type: EventType | '*', jobOrListener: AnyJob | Listener, listener?: Listener) {
      if (!isJob(jobOrListener)) return bus.on(type, jobOrListener)
      const { name } = jobOrListener
      return bus.on(type, (event) =>
        'jobName' in event && event.jobName === name ? listener?.(event) : undefined,
      )
    },
  }
  options.plugins?.forEach(plugins.add)
  // The one cast: handles and events get their precise types from the jobs, which a function body cannot prove.
  return { ...untyped, ...typed } as Durably<J>
}

/** The members whose types follow from the jobs. */
type TypedByJobs = 'jobs' | 'register' | 'defineJob' | 'on'
type Listener = (event: AnyEvent) => unknown

function isJob(value: unknown): value is AnyJob {
  return typeof (value as Partial<AnyJob> | null | undefined)?.handler === 'function'
}

/** An error hook that throws must not become an error of its own. */
function guarded(report: ReportError): ReportError {
  return (error, context) => {
    // There is nobody left to tell what it throws or rejects with.
    const told = async () => report(error, context)
    told().catch(() => {})
  }
}
