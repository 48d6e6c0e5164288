import { reasonOf } from '../describe.ts'
import { DurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { AnyEvent, EventType, Unsubscribe } from '../events/events.ts'
import { type Limits, requireName } from '../limits.ts'
import type { ReportError } from '../ports/report-error.ts'
import type { Plugin, PluginHost, PluginTeardown } from './plugin.ts'

/** What plugins are offered, except subscribing, which each does on its own account. */
export type PluginServices = Omit<PluginHost, 'on' | 'beforeLogsAreRead' | 'reportError'>

/** The plugins of an instance: set up in order of arrival, torn down in reverse. */
export function createPluginSet(
  services: PluginServices,
  bus: EventBus,
  report: ReportError,
  limits: Limits,
) {
  const plugins = new Map<string, Plugin>()
  /** In order of arrival; each with what takes it back, and a promise while it is not up yet. */
  let setUps: { readonly plugin: Plugin; readonly undo: Set<PluginTeardown>; up?: Promise<unknown> }[] = []
  const logWriters = new Set<() => Promise<void>>()
  let pending: Promise<unknown> | null = null
  let isUp = true

  const hostFor = (plugin: Plugin, undo: Set<PluginTeardown>): PluginHost => {
    const keep = (run: () => void): Unsubscribe => {
      undo.add(run)
      return () => {
        undo.delete(run)
        run()
      }
    }
    const on = (type: EventType | '*', listener: (event: AnyEvent) => unknown): Unsubscribe => {
      // What other instances relay is seen by their own plugins; both would store it twice.
      const off = bus.on(type, (event) => (event.origin === undefined ? listener(event) : undefined))
      return keep(off)
    }
    return {
      ...services,
      on: on as PluginHost['on'],
      beforeLogsAreRead(write) {
        const writer = async () => write()
        logWriters.add(writer)
        return keep(() => void logWriters.delete(writer))
      },
      reportError: (error) => report(error, `plugin "${plugin.name}"`),
    }
  }

  const setUpOne = (plugin: Plugin) => {
    const undo = new Set<PluginTeardown>()
    const setUp: (typeof setUps)[number] = { plugin, undo }
    setUps.push(setUp)
    const keepTeardown = (run: PluginTeardown | void) => {
      if (run) undo.add(run)
    }
    const refuse = (cause: unknown): never => {
      report(cause, `the set-up of plugin "${plugin.name}"`)
      throw new DurablyError('PLUGIN_FAILED', `Plugin "${plugin.name}" failed: ${reasonOf(cause)}`, { cause })
    }
    let settingUp: Promise<unknown>
    try {
      const answer = plugin.setup(hostFor(plugin, undo))
      if (!(answer instanceof Promise)) return keepTeardown(answer)
      settingUp = answer.then(keepTeardown)
    } catch (error) {
      settingUp = Promise.reject(error)
    }
    const upOrRefused = settingUp.catch(refuse)
    setUp.up = upOrRefused.catch(() => {})
    const waiting = pending?.then(() => upOrRefused) ?? upOrRefused
    pending = waiting
    waiting.then(
      () => {
        if (pending === waiting) pending = null
      },
      // Stays in place: triggers and claims are refused until the plugin is mended.
      () => {},
    )
  }

  return {
    /** Adds a plugin and begins to set it up. @throws DurablyError `NAME_TAKEN`, `OPTION_INVALID` */
    add(plugin: Plugin): void {
      const { name } = plugin
      requireName(name, 'plugin name', limits)
      if (plugins.has(name))
        throw new DurablyError('NAME_TAKEN', `A plugin named "${name}" exists already: rename one.`)
      plugins.set(name, plugin)
      if (isUp) setUpOne(plugin)
    },

    /** Null when every plugin is set up; otherwise what to wait for. Rejects when one could not be. */
    ready: () => pending,

    /** Lets plugins write the lines they hold back. Never rejects. */
    async writeLogs(): Promise<void> {
      for (const result of await Promise.allSettled([...logWriters].map((write) => write()))) {
        if (result.status === 'rejected') report(result.reason, 'writing logs')
      }
    },

    /** Sets all plugins up again after a teardown. */
    setUp(): void {
      if (isUp) return
      isUp = true
      for (const plugin of plugins.values()) setUpOne(plugin)
    },

    async tearDown(): Promise<void> {
      // At once, so that a start that does not wait for this end sets up anew.
      const ending = setUps.reverse()
      setUps = []
      isUp = false
      pending = null
      await Promise.all(ending.map(({ up }) => up))
      for (const { plugin, undo } of ending) {
        for (const run of [...undo].reverse()) {
          try {
            await run()
          } catch (error) {
            report(error, `the teardown of plugin "${plugin.name}"`)
          }
        }
      }
    },
  }
}
