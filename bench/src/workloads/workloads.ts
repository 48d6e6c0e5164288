import type { Workload } from '../trial.ts'
import { drain } from './drain.ts'
import { enqueue } from './enqueue.ts'
import { enqueueAtOnce } from './enqueue-at-once.ts'
import { enqueueBatch } from './enqueue-batch.ts'
import { idle } from './idle.ts'
import { parallelSteps } from './parallel-steps.ts'
import { peakMemory } from './peak-memory.ts'
import { resume } from './resume.ts'
import { sequentialSteps } from './sequential-steps.ts'
import { triggerFromAfar } from './trigger-from-afar.ts'
import { triggerToStart } from './trigger-to-start.ts'
import { twoProcesses } from './two-processes.ts'

/** Everything that is measured, in the order of the result table. */
export const WORKLOADS: readonly Workload[] = [
  enqueue,
  enqueueAtOnce,
  enqueueBatch,
  drain,
  sequentialSteps,
  parallelSteps,
  triggerToStart,
  triggerFromAfar,
  resume,
  peakMemory,
  twoProcesses,
  idle,
]
