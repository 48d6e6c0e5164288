import { isDurablyError } from '@durably/core'
import type { Report } from './report.ts'

/** How often a child looks whether its parent is still there: killed itself, that cannot kill its children. */
const LOOK_FOR_PARENT_MS = 500

/**
 * The main function of a child process. Its configuration is the first argument, as JSON. What nobody caught is reported and
 * makes the process fail; it ends by itself when nothing keeps it alive any more.
 */
export async function program<Config>(main: (config: Config) => Promise<void>): Promise<void> {
  const uncaught = (error: unknown) => {
    process.exitCode = 1
    report({
      kind: 'uncaught',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }
  process.on('unhandledRejection', uncaught)
  process.on('uncaughtException', uncaught)
  process.on('warning', uncaught)
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1)
  }, LOOK_FOR_PARENT_MS).unref()
  await main(JSON.parse(process.argv[2] ?? '{}') as Config)
}

/** Tells the parent. */
export function report(what: Report): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

/** The code of an error, for reports. */
export function codeOf(error: unknown): string {
  return isDurablyError(error) ? error.code : `not a DurablyError: ${String(error)}`
}

/** Makes a call and reports how it went; answers whether it went well. */
export async function attempt(call: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    report({ kind: 'done', call })
    return true
  } catch (error) {
    report({
      kind: 'refused',
      call,
      code: codeOf(error),
      message: error instanceof Error ? error.message : String(error),
    })
    return false
  }
}

/** Resolves when the parent lets a race begin, with SIGUSR2. Keeps the process alive until then. */
export function begun(): Promise<void> {
  const staying = setInterval(() => {}, LOOK_FOR_PARENT_MS)
  return new Promise((resolve) =>
    process.once('SIGUSR2', () => {
      clearInterval(staying)
      resolve()
    }),
  )
}

/** Resolves when the parent sends SIGTERM. Waiting for it does not keep the process alive. */
export function terminated(): Promise<void> {
  return new Promise((resolve) => process.once('SIGTERM', () => resolve()))
}
