import type { System, Task } from './page/workloads.ts'

/** A system and how much it is given: slow ones get less, since rates do not depend on it. */
export type Entrant = Pick<Task, 'system' | 'size'>

/** A row of the table. */
export interface Row {
  readonly title: string
  readonly workload: Task['workload']
  readonly concurrency: number
  readonly unit: 'runs/s' | 'steps/s' | 'ms'
  readonly entrants: readonly Entrant[]
  readonly bars: readonly Bar[]
}

/** What Durably's figure must be: at least so many times another's, or at least (for times, at most) an amount. */
export interface Bar {
  readonly times?: number
  readonly of?: System
  readonly system?: System
  readonly amount?: number
}

/** Everything that is measured within one tab. */
export const ROWS: readonly Row[] = [
  {
    title: 'batch enqueue of 1,000',
    workload: 'enqueue',
    concurrency: 1,
    unit: 'runs/s',
    entrants: [
      entrant('durably', 1000),
      entrant('raw', 1000),
      entrant('coji-stock', 1000),
      entrant('coji-our-worker', 1000),
    ],
    bars: [],
  },
  drain(1, 300, [], { stock: 30, ours: 100 }),
  drain(32, 4000, [{ amount: 5000 }], { stock: 30, ours: 200 }),
  drain(
    256,
    10_000,
    [
      { amount: 12_000 },
      { times: 0.8, of: 'raw' },
      { times: 400, of: 'coji-stock' },
      { system: 'durably-compatible', times: 30, of: 'coji-stock' },
    ],
    { stock: 30, ours: 200 },
  ),
  {
    title: '500 sequential steps',
    workload: 'sequential',
    concurrency: 1,
    unit: 'steps/s',
    entrants: [
      entrant('durably', 500),
      entrant('raw', 500),
      entrant('durably-compatible', 100),
      entrant('coji-stock', 50),
      entrant('coji-our-worker', 200),
    ],
    bars: [{ amount: 800 }],
  },
  {
    title: 'trigger to start, leading tab, p50',
    workload: 'trigger-to-start',
    concurrency: 1,
    unit: 'ms',
    entrants: [entrant('durably', 60), entrant('coji-our-worker', 20)],
    bars: [],
  },
  {
    title: 'resume of 2,000 recorded steps',
    workload: 'resume',
    concurrency: 1,
    unit: 'ms',
    entrants: [entrant('durably', 2000), entrant('raw', 2000)],
    bars: [],
  },
]

function drain(
  concurrency: number,
  size: number,
  bars: readonly Bar[],
  peers: { readonly stock: number; readonly ours: number },
): Row {
  return {
    title: `drain, one step, concurrency ${concurrency}`,
    workload: 'drain',
    concurrency,
    unit: 'runs/s',
    entrants: [
      entrant('durably', size),
      entrant('raw', size),
      entrant('durably-compatible', Math.min(size, concurrency * 8 + 40)),
      entrant('coji-stock', peers.stock),
      entrant('coji-our-worker', peers.ours),
    ],
    bars,
  }
}

function entrant(system: System, size: number): Entrant {
  return { system, size }
}
