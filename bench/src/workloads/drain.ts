import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EMPTY } from '../tally-check.ts'
import type { Bar, Row, Task, Workload } from '../trial.ts'
import { drainRaw, drainRuns } from './drain-runs.ts'
import { recordSteps } from './job.ts'

/** Where more concurrency stops to help Durably; the peers' best differ. */
const BEST = 256
const CROWD = { pending: 200_000, finished: 1_000_000 }

const coji = { role: 'peer', system: 'coji-durably', concurrency: 32, pollingIntervalMs: 1 } as const
const openworkflow = { role: 'other', system: 'openworkflow', concurrency: 500 } as const

/** A worker that empties a backlog of runs with one step each. */
export const drain: Workload = {
  name: 'drain',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 20_000, concurrency: BEST },
        { role: 'raw', system: 'raw-by-32', size: 20_000 },
        { ...coji, size: 500 },
        { ...openworkflow, size: 500 },
      ],
      rows: rows('concurrency 256 (raw: by 32)', [
        { against: 'peer', atLeast: 60 },
        { against: 'raw', atLeast: 1 },
      ]),
    },
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 12_000, concurrency: 32 },
        { role: 'raw', system: 'raw-by-32', size: 20_000 },
      ],
      rows: rows('concurrency 32 (raw: by 32)', [{ against: 'raw', atLeast: 0.6 }]),
    },
    {
      durability: 'process',
      entrants: [
        { role: 'durably', system: 'durably', size: 25_000, concurrency: BEST },
        { role: 'raw', system: 'raw-by-32', size: 40_000 },
        { ...coji, size: 600 },
        { ...openworkflow, size: 500 },
      ],
      rows: rows('concurrency 256 (raw: by 32)', [
        { against: 'peer', atLeast: 45 },
        { against: 'raw', atLeast: 0.5 },
      ]),
    },
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 1500 },
        { role: 'raw', system: 'raw', size: 1500 },
        { ...coji, size: 250, concurrency: 1 },
      ],
      rows: rows('concurrency 1', [
        { against: 'peer', atLeast: 3 },
        { against: 'raw', atLeast: 1 },
      ]),
    },
    {
      durability: 'process',
      entrants: [
        { role: 'durably', system: 'durably', size: 6000 },
        { role: 'raw', system: 'raw', size: 10_000 },
        { ...coji, size: 400, concurrency: 1 },
      ],
      rows: rows('concurrency 1', [
        { against: 'peer', atLeast: 8 },
        { against: 'raw', atLeast: 0.65 },
      ]),
    },
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 20_000, concurrency: BEST, crowd: CROWD },
        { role: 'self', label: 'durably, empty tables', system: 'durably', size: 20_000, concurrency: BEST },
        // A single claim of the peer reads the whole backlog.
        { ...coji, size: 20, concurrency: 1, crowd: CROWD },
      ],
      rows: rows('concurrency 256, among 200,000 other pending and 1,000,000 finished', [
        { against: 'peer', atLeast: 300 },
        { against: 'self', atLeast: 0.8 },
      ]),
    },
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably-libsql', size: 10_000, concurrency: BEST },
        { role: 'raw', system: 'raw-libsql-by-32', size: 10_000 },
        { ...coji, system: 'coji-durably-libsql', size: 250 },
      ],
      rows: rows('libSQL file, concurrency 256 (raw: by 32)', [
        { against: 'peer', atLeast: 15 },
        { against: 'raw', atLeast: 0.5 },
      ]),
    },
  ],

  async prepare(system, task) {
    if (task.crowd === undefined) return
    const path = crowdedPath(task)
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      handler: recordSteps,
    })
    await engine.stop()
    system.crowd(path, task.crowd)
  },

  async engine(system, task) {
    const warmUp = join(task.directory, 'warm-up.db')
    await drainRuns(system, { path: warmUp, before: EMPTY, runs: Math.ceil(task.size / 10) }, task)
    const path = task.crowd === undefined ? join(task.directory, 'bench.db') : crowdedPath(task)
    const before = existsSync(path) ? system.tally(path) : EMPTY
    return drainRuns(system, { path, before, runs: task.size }, task)
  },

  raw(system, task) {
    drainRaw(system, { path: join(task.directory, 'warm-up.db'), runs: Math.ceil(task.size / 10) }, task)
    return drainRaw(system, { path: join(task.directory, 'bench.db'), runs: task.size }, task)
  },
}

/** A crowded file is filled once and used by every round: each drains runs of its own, which are older than the crowd. */
function crowdedPath(task: Task): string {
  return join(task.trialDirectory, `crowded-${task.system}.db`)
}

function rows(conditions: string, bars: readonly Bar[]): readonly Row[] {
  return [
    { title: `drain, one step, ${conditions}`, figure: 'runsPerSecond', unit: 'runs/s', bars },
    {
      title: `… event loop blocked, ${conditions}`,
      figure: 'loopBlockedMs',
      unit: 'ms',
      bars: [{ against: 'nothing', atMost: 20 }],
    },
  ]
}
