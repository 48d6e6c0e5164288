import { createHandle } from './client/handle.ts'
import type { JobHandle } from './client/job-handle.ts'
import { RunWatch } from './client/run-watch.ts'
import { Runs } from './client/runs.ts'
import { subscribeTo } from './client/subscription.ts'
import { checkStoredInput, Triggers } from './client/triggers.ts'
import { waitForRun } from './client/wait.ts'
import { consoleReport } from './defaults/console-report.ts'
import { hostRandom } from './defaults/host-random.ts'
import { soloCoordination } from './defaults/solo-coordination.ts'
import { systemClock } from './defaults/system-clock.ts'
import { timerScheduler } from './defaults/timer-scheduler.ts'
import { Engine } from './engine/engine.ts'
import { EventBus } from './events/bus.ts'
import type { AnyEvent, EventType } from './events/events.ts'
import { relayEvents } from './events/relay.ts'
import type { Durably, Jobs, NoJobs, StopOptions } from './instance.ts'
import { type AnyJob, defineJob } from './job/job.ts'
import { Registry } from './job/registry.ts'
import { requireName } from './limits.ts'
import { optionError } from './options.ts'
import type { Plugin } from './plugins/plugin.ts'
import { PluginSet } from './plugins/plugin-set.ts'
import type { Clock } from './ports/clock.ts'
import type { Random } from './ports/random.ts'
import type { ReportError } from './ports/report-error.ts'
import type { Scheduler } from './ports/scheduler.ts'
import type { Storage } from './ports/storage.ts'
import { toStep } from './run/run.ts'
import { resolveSettings, type SettingsOptions } from './settings.ts'

/** How an instance is put together. */
export interface DurablyOptions<J extends Jobs = NoJobs> extends SettingsOptions {
  /** Where runs live: what a driver's function answers. */
  readonly storage: Storage
  /** Jobs by the key the application calls them; typed handles appear at `durably.jobs`. */
  readonly jobs?: J | undefined
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
  if (typeof storage?.enqueue !== 'function') {
    throw optionError(
      'storage',
      'must be a storage, for example betterSqlite3({ path: "app.db" })',
      typeof storage,
    )
  }
  const scheduler = options.scheduler ?? storage.scheduler ?? timerScheduler
  const coordination = storage.coordination ?? soloCoordination(storage.capabilities.exclusive)
  const settings = resolveSettings(options)
  const report = guarded(options.onError ?? consoleReport)
  const bus = new EventBus(clock, report)
  const registry = new Registry()
  const handles = new Map<AnyJob, JobHandle<AnyJob>>()

  const plugins = new PluginSet(
    {
      clock,
      scheduler,
      getRun: async (runId) => runs.get(runId),
      getSteps: async (runId) => (await storage.getSteps(runId)).map(toStep),
      appendLogs: (entries) => storage.appendLogs(entries),
      getLogs: (runId, page) => storage.getLogs(runId, page),
    },
    bus,
    report,
  )
  const ready = () => plugins.ready()
  const engine: Engine = new Engine(
    { storage, coordination, clock, scheduler, random, bus, report, registry, settings, ready },
    {
      expire: settings.retainMs === null ? null : () => runs.expire(settings.retainMs ?? 0),
      setUp: () => plugins.setUp(),
      tearDown: () => plugins.tearDown(),
    },
  )
  if (storage.coordination) {
    relayEvents(bus, storage.coordination, scheduler, (event) => {
      if (event.type === 'run:cancel') engine.interrupt(event.runId)
    })
  }
  const nudge = (dueAt: number | null) => engine.nudge(dueAt)
  const triggers = new Triggers({ storage, clock, bus, settings, ready, nudge })
  const checkInput = async (record: Parameters<typeof checkStoredInput>[1]) => {
    const job = registry.get(record.jobName)
    if (job) await checkStoredInput(job, record)
  }
  const runs: Runs = new Runs({
    storage,
    clock,
    bus,
    nudge: () => nudge(null),
    interrupt: (runId) => engine.interrupt(runId),
    checkInput,
  })
  const watchPorts = { storage, bus, clock, scheduler, pollingIntervalMs: settings.pollingInterval }
  const watch = new RunWatch(watchPorts)
  const waitPorts = { ...watchPorts, watch, runs }

  const registerOne = (job: AnyJob): JobHandle<AnyJob> => {
    requireName(job.name, 'job name', settings.limits)
    const known = handles.get(job)
    if (known) return known
    registry.add(job)
    const handle = createHandle(job, {
      triggers,
      runs,
      wait: (runId, wait) => waitForRun(runId, wait, waitPorts),
    })
    handles.set(job, handle)
    nudge(null)
    return handle
  }
  const register = (given: AnyJob | Jobs) =>
    isJob(given)
      ? registerOne(given)
      : Object.fromEntries(
          Object.entries(given).map(([key, job]) => [key, registerOne(requireJob(key, job))]),
        )

  const stop = async (stopOptions: StopOptions = {}) => {
    const { timeout } = stopOptions
    if (timeout !== undefined && !(timeout >= 0))
      throw optionError('timeout', 'must be zero or more milliseconds', timeout)
    await engine.stop(timeout ?? null)
  }

  const on = (type: EventType | '*', jobOrListener: AnyJob | Listener, listener?: Listener) => {
    if (!isJob(jobOrListener)) return bus.on(type, jobOrListener)
    const { name } = jobOrListener
    return bus.on(type, (event) =>
      'jobName' in event && event.jobName === name ? listener?.(event) : undefined,
    )
  }

  const untyped: Omit<Durably, TypedByJobs> = {
    migrate: () => storage.migrate(),
    start: () => engine.start(),
    stop,
    close: async (stopOptions) => {
      await stop(stopOptions)
      await storage.close()
    },
    processOne: async () => {
      const runId = await engine.processOne()
      return runId === null ? null : runs.get(runId)
    },
    processUntilIdle: (processOptions = {}) => engine.processUntilIdle(processOptions),
    subscribe: (runId) => subscribeTo(runId, watch),
    use: (plugin) => plugins.add(plugin, settings.limits),
    getRun: (runId) => runs.get(runId),
    getRuns: (filter) => runs.list(filter),
    getFailedRuns: (filter) => runs.list({ ...filter, status: 'failed' }),
    getSteps: (runId) => runs.steps(runId),
    getLogs: async (runId, page) => {
      await plugins.writeLogs()
      return runs.logs(runId, page)
    },
    waitForRun: (runId, wait = {}) => waitForRun(runId, wait, waitPorts),
    retry: (runId) => runs.retry(runId),
    retrigger: async (runId) => triggers.again(await runs.checked(runId)),
    cancel: (runId) => runs.cancel(runId),
    deleteRun: (runId) => runs.remove(runId),
    purge: (purgeOptions) => runs.purge(purgeOptions),
  }
  const typed: Record<TypedByJobs, unknown> = {
    jobs: register(options.jobs ?? {}),
    register,
    defineJob: (...args: Parameters<typeof defineJob>) => registerOne(defineJob(...args)),
    on,
  }
  for (const plugin of options.plugins ?? []) plugins.add(plugin, settings.limits)
  // The one cast: handles and events get their precise types from the jobs, which a function body cannot prove.
  return { ...untyped, ...typed } as Durably<J>
}

/** The members whose types follow from the jobs. */
type TypedByJobs = 'jobs' | 'register' | 'defineJob' | 'on'
type Listener = (event: AnyEvent) => unknown

function isJob(value: unknown): value is AnyJob {
  return (
    typeof value === 'object' && value !== null && 'handler' in value && typeof value.handler === 'function'
  )
}

function requireJob(key: string, value: unknown): AnyJob {
  if (isJob(value)) return value
  throw optionError(`jobs.${key}`, 'must be a job made by defineJob', typeof value)
}

/** An error hook that throws must not become an error of its own. */
function guarded(report: ReportError): ReportError {
  return (error, context) => {
    try {
      report(error, context)
    } catch {
      // There is nobody left to tell.
    }
  }
}
