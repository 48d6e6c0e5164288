import { type FollowerTask, follow, lead } from './tabs.ts'
import { measure, type Task } from './workloads.ts'

/** What the benchmark calls. */
const bench = { measure, lead, follow }

/** The page, as the benchmark sees it. */
export type Bench = typeof bench
export type { FollowerTask, Task }

Object.assign(globalThis, { bench })
