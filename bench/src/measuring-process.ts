import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Figures, Task } from './trial.ts'

/** What a measuring process is asked for. */
export interface Order {
  readonly act: 'prepare' | 'measure'
  readonly task: Task
}

/** The descriptor the figures are written to: standard output belongs to whatever is measured. */
export const FIGURES_DESCRIPTOR = 3

const PROGRAM = fileURLToPath(new URL('./measuring-program.ts', import.meta.url))
const LONGEST_MS = 180_000

/** Carries out an order in a fresh process, so that no heap, cache or compiled code leaks from one measurement into the next. */
export async function carryOut(order: Order): Promise<Figures> {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  const [figures, complaints, [code, signal]] = await Promise.all([
    text(child.stdio[FIGURES_DESCRIPTOR] as Readable),
    text(child.stderr as Readable),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ])
  if (code === 0) return JSON.parse(figures) as Figures
  throw new Error(`${order.act} ended with ${code ?? signal}: ${complaints.trim()}`)
}
