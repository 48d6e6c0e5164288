import { durably, durablyCompatible } from './durably-engine.ts'
import type { Engine, OpenEngine } from './engine.ts'
import { peerOnOurWorker, peerOnStock } from './peer-engine.ts'
import { RawStore } from './raw.ts'

/** Engines by the name they have in the table. */
export const ENGINES = {
  durably,
  'durably-compatible': durablyCompatible,
  'coji-stock': peerOnStock,
  'coji-our-worker': peerOnOurWorker,
} as const satisfies Record<string, OpenEngine>

/** Who can be measured. */
export type System = keyof typeof ENGINES | 'raw'

/** One measurement on a new database. */
export interface Task {
  readonly workload: 'enqueue' | 'drain' | 'sequential' | 'resume' | 'trigger-to-start'
  readonly system: System
  /** Runs, steps, or triggers, as the workload counts them. */
  readonly size: number
  readonly concurrency: number
}

/** Measures; rates are per second, times in milliseconds. */
export async function measure(task: Task): Promise<number> {
  const databasePath = `bench-${crypto.randomUUID()}.db`
  if (task.system === 'raw') return measureRaw(task, databasePath)
  const { workload, size, concurrency } = task
  const open = (neverEnding: boolean) =>
    ENGINES[task.system as keyof typeof ENGINES]({ databasePath, concurrency, neverEnding })
  if (workload === 'resume') return resume(open, size)
  const engine = await open(false)
  if (workload === 'enqueue') return perSecond(size, () => engine.enqueue(size, 1))
  if (workload === 'drain') return drain(engine, size)
  if (workload === 'sequential') return sequential(engine, size)
  return triggerToStart(engine, size)
}

async function measureRaw({ workload, size, concurrency }: Task, databasePath: string): Promise<number> {
  const store = await RawStore.open(databasePath)
  if (workload === 'enqueue') return perSecond(size, () => store.enqueue(size))
  if (workload === 'drain') {
    await store.enqueue(size)
    return perSecond(size, () => store.drain(concurrency))
  }
  if (workload === 'sequential') return perSecond(size, () => store.sequentialSteps(size))
  await store.sequentialSteps(size)
  return milliseconds(() => store.readSteps())
}

async function drain(engine: Engine, size: number): Promise<number> {
  for (let stored = 0; stored < size; stored += 1000) await engine.enqueue(Math.min(1000, size - stored), 1)
  const completed = countdown(engine, size)
  return perSecond(size, () => {
    engine.start()
    return completed
  })
}

async function sequential(engine: Engine, size: number): Promise<number> {
  await engine.trigger(size)
  const completed = countdown(engine, 1)
  return perSecond(size, () => {
    engine.start()
    return completed
  })
}

/** The median over as many triggers, with an idle worker. */
async function triggerToStart(engine: Engine, size: number): Promise<number> {
  engine.start()
  const times: number[] = []
  for (let index = 0; index < size; index++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    const begun = Promise.withResolvers<number>()
    engine.onBody(() => begun.resolve(performance.now()))
    const sentAt = performance.now()
    await engine.trigger(0)
    times.push((await begun.promise) - sentAt)
  }
  return median(times)
}

/** From the start of a worker that finds a run with all steps recorded, to the end of its replay. */
async function resume(open: (neverEnding: boolean) => Promise<Engine>, size: number): Promise<number> {
  const before = await open(true)
  const recorded = new Promise<void>((resolve) => before.onSteps(resolve))
  await before.trigger(size)
  before.start()
  await recorded
  await before.stop()
  const after = await open(false)
  const replayed = new Promise<void>((resolve) => after.onSteps(resolve))
  return milliseconds(() => {
    after.start()
    return replayed
  })
}

function countdown(engine: Engine, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    engine.onComplete(() => {
      left--
      if (left === 0) resolve()
    })
  })
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  return count / ((await milliseconds(work)) / 1000)
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}
