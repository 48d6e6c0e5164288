import { writeSync } from 'node:fs'
import { FIGURES_DESCRIPTOR, type Order } from './measuring-process.ts'
import { SYSTEMS } from './systems/system.ts'
import type { Figures, Task } from './trial.ts'
import { WORKLOADS } from './workloads/workloads.ts'

/** The program of a measuring process: carries out one order, writes the figures and ends. */
const { act, task } = JSON.parse(process.argv[2] ?? '') as Order
const figures = await carryOut(act, task)
writeSync(FIGURES_DESCRIPTOR, JSON.stringify(figures))
// Whatever the system has left running must not keep the process.
process.exit(0)

async function carryOut(act: Order['act'], task: Task): Promise<Figures> {
  const workload = WORKLOADS.find(({ name }) => name === task.workload)
  if (workload === undefined) throw new Error(`there is no workload "${task.workload}"`)
  const system = SYSTEMS[task.system]
  if (act === 'prepare') {
    if (system.kind === 'engine') await workload.prepare?.(await system.load(), task)
    return {}
  }
  if (system.kind === 'engine') return workload.engine(await system.load(), task)
  if (workload.raw === undefined) throw new Error(`"${task.workload}" cannot be done with raw statements`)
  return workload.raw(await system.load(), task)
}
