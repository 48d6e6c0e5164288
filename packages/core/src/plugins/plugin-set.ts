import { DurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { AnyEvent, EventType, Unsubscribe } from '../events/events.ts'
import { type Limits, requireName } from '../limits.ts'
import type { ReportError } from '../ports/report-error.ts'
import type { Plugin, PluginHost, PluginTeardown } from './plugin.ts'

/** What plugins are offered, except subscribing, which each does on its own account. */
export type PluginServices = Omit<PluginHost, 'on' | 'beforeLogsAreRead' | 'reportError'>

/** The plugins of an instance: set up in order of arrival, torn down in reverse. */
export class PluginSet {
  readonly #services: PluginServices
  readonly #bus: EventBus
  readonly #report: ReportError
  readonly #plugins = new Map<string, Plugin>()
  readonly #undo: { readonly plugin: string; readonly run: PluginTeardown }[] = []
  readonly #logWriters = new Set<() => Promise<void>>()
  #pending: Promise<void> | null = null
  #isUp = true

  constructor(services: PluginServices, bus: EventBus, report: ReportError) {
    this.#services = services
    this.#bus = bus
    this.#report = report
  }

  /** Adds a plugin and begins to set it up. @throws DurablyError `NAME_TAKEN`, `OPTION_INVALID` */
  add(plugin: Plugin, limits: Limits): void {
    requireName(plugin.name, 'plugin name', limits)
    if (this.#plugins.has(plugin.name)) {
      throw new DurablyError('NAME_TAKEN', `A plugin named "${plugin.name}" is in use already.`)
    }
    this.#plugins.set(plugin.name, plugin)
    if (this.#isUp) this.#setUpOne(plugin)
  }

  /** Null when every plugin is set up; otherwise what to wait for. Rejects when one could not be. */
  ready(): Promise<void> | null {
    return this.#pending
  }

  /** Lets plugins write the lines they hold back. Never rejects. */
  async writeLogs(): Promise<void> {
    const writing = [...this.#logWriters].map((write) => write())
    for (const result of await Promise.allSettled(writing)) {
      if (result.status === 'rejected') this.#report(result.reason, 'writing logs before they are read')
    }
  }

  /** Sets all plugins up again after a teardown. */
  setUp(): void {
    if (this.#isUp) return
    this.#isUp = true
    for (const plugin of this.#plugins.values()) this.#setUpOne(plugin)
  }

  async tearDown(): Promise<void> {
    await this.#pending?.catch(() => {})
    this.#isUp = false
    this.#pending = null
    for (let step = this.#undo.pop(); step; step = this.#undo.pop()) {
      try {
        await step.run()
      } catch (error) {
        this.#report(error, `the teardown of plugin "${step.plugin}"`)
      }
    }
  }

  #setUpOne(plugin: Plugin): void {
    const settingUp = this.#begin(plugin)
    if (settingUp === null) return
    settingUp.catch(() => {})
    const before = this.#pending
    const pending = before !== null ? before.then(() => settingUp) : settingUp
    this.#pending = pending
    pending.then(
      () => {
        if (this.#pending === pending) this.#pending = null
      },
      // Stays in place: triggers and claims are refused until the plugin is mended.
      () => {},
    )
  }

  /** Calls the plugin's set-up; null when it was synchronous and went well. */
  #begin(plugin: Plugin): Promise<void> | null {
    try {
      const answer = plugin.setup(this.#hostFor(plugin))
      if (answer instanceof Promise)
        return answer
          .then((teardown) => this.#keep(plugin, teardown))
          .catch((error) => this.#refuse(plugin, error))
      this.#keep(plugin, answer)
      return null
    } catch (error) {
      return Promise.reject(this.#failure(plugin, error))
    }
  }

  #keep(plugin: Plugin, teardown: PluginTeardown | void): void {
    if (teardown) this.#undo.push({ plugin: plugin.name, run: teardown })
  }

  #refuse(plugin: Plugin, error: unknown): never {
    throw this.#failure(plugin, error)
  }

  #failure(plugin: Plugin, cause: unknown): DurablyError {
    this.#report(cause, `the set-up of plugin "${plugin.name}"`)
    return cause instanceof DurablyError
      ? cause
      : new DurablyError(
          'PLUGIN_FAILED',
          `Plugin "${plugin.name}" could not be set up: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        )
  }

  #hostFor(plugin: Plugin): PluginHost {
    const on = (type: EventType | '*', listener: (event: never) => unknown): Unsubscribe => {
      // What other instances relay is seen by their own plugins; both would store it twice.
      const off = this.#bus.on(type, (event) =>
        event.origin === undefined ? (listener as (event: AnyEvent) => unknown)(event) : undefined,
      )
      this.#undo.push({ plugin: plugin.name, run: off })
      return off
    }
    return {
      ...this.#services,
      on: on as PluginHost['on'],
      beforeLogsAreRead: (write) => {
        const entry = () => write()
        this.#logWriters.add(entry)
        const off = () => void this.#logWriters.delete(entry)
        this.#undo.push({ plugin: plugin.name, run: off })
        return off
      },
      reportError: (error) => this.#report(error, `plugin "${plugin.name}"`),
    }
  }
}
