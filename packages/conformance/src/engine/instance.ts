import { createDurably, type SettingsOptions } from '@durably/core'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'

/** Options that are nonsense, and the option the message must name. */
const REFUSED: readonly (readonly [options: SettingsOptions, named: string])[] = [
  [{ concurrency: 0 }, 'concurrency'],
  [{ concurrency: -1 }, 'concurrency'],
  [{ concurrency: 1.5 }, 'concurrency'],
  [{ concurrency: Number.NaN }, 'concurrency'],
  [{ concurrency: Number.POSITIVE_INFINITY }, 'concurrency'],
  [{ concurrency: '2' as unknown as number }, 'concurrency'],
  [{ pollingInterval: 0 }, 'pollingInterval'],
  [{ pollingInterval: -1 }, 'pollingInterval'],
  [{ pollingInterval: Number.NaN }, 'pollingInterval'],
  [{ heartbeatInterval: 0 }, 'heartbeatInterval'],
  [{ heartbeatInterval: Number.POSITIVE_INFINITY }, 'heartbeatInterval'],
  [{ staleThreshold: Number.NaN }, 'staleThreshold'],
  [{ staleThreshold: -5 }, 'staleThreshold'],
  [{ staleThreshold: 1e300 }, 'staleThreshold'],
  [{ pollingInterval: 1e300 }, 'pollingInterval'],
  [{ retain: 1e300 }, 'retain'],
  [{ heartbeatInterval: 20_000, staleThreshold: 30_000 }, 'staleThreshold'],
  [{ staleThreshold: 9_999 }, 'staleThreshold'],
  [{ maxRecoveries: 0 }, 'maxRecoveries'],
  [{ retain: -1 }, 'retain'],
  [{ retain: 'a month' as '30d' }, 'retain'],
  [{ limits: { stepLength: 0 } }, 'limits.stepLength'],
  [{ limits: { stepLenght: 5 } as object }, 'limits.stepLenght'],
  [{ limits: { toString: 5 } as object }, 'limits.toString'],
]

/** Putting an instance together, and its tables. */
export function instanceCases(define: DefineCase): void {
  for (const [options, named] of REFUSED) {
    define(`${describe(options)} is refused with a message that names "${named}"`, async ({ storage }) => {
      try {
        createDurably({ storage, ...options })
      } catch (error) {
        const { code, message } = error as { code?: unknown; message: string }
        expectEqual(code, 'OPTION_INVALID', 'the code')
        expectTrue(message.includes(`"${named}"`), `the message names the option: ${message}`)
        return
      }
      expectTrue(false, 'it was accepted')
    })
  }

  define('options that are undefined mean their defaults', async ({ storage }) => {
    createDurably({
      storage,
      concurrency: undefined,
      pollingInterval: undefined,
      heartbeatInterval: undefined,
      staleThreshold: undefined,
      maxRecoveries: undefined,
      retain: undefined,
      limits: undefined,
      jobs: undefined,
      plugins: undefined,
      onError: undefined,
    })
  })

  define('a storage that is none is refused, and the message says what to give', async () => {
    for (const wrong of [undefined, null, {}, 'app.db']) {
      try {
        createDurably({ storage: wrong as never })
      } catch (error) {
        const { code, message } = error as { code?: unknown; message: string }
        expectEqual(code, 'OPTION_INVALID', 'the code')
        expectTrue(message.includes('"storage"'), `the message names the option: ${message}`)
        continue
      }
      expectTrue(false, `${JSON.stringify(wrong)} was accepted`)
    }
  })

  define('creating an instance opens, writes and starts nothing', async ({ boot, time }) => {
    const process = await boot({ migrate: false })
    await time.advance(10_000)
    expectEqual(
      [process.storage.calls, process.timers, process.events.types()],
      [[], 0, []],
      'calls, timers, events',
    )
  })

  define('migrate is idempotent and safe when several instances call it at once', async ({ boot }) => {
    const processes = [
      await boot({ migrate: false }),
      await boot({ migrate: false }),
      await boot({ migrate: false }),
    ]
    await Promise.all(processes.flatMap(({ durably }) => [durably.migrate(), durably.migrate()]))
    for (const { durably } of processes) expectEqual(await durably.getRuns(), [], 'the runs')
  })
}

function describe(options: SettingsOptions): string {
  return JSON.stringify(options, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
}
