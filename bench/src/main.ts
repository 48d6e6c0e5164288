import { mkdirSync, writeFileSync } from 'node:fs'
import { environment } from './environment.ts'
import { jsonReport } from './json-report.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import type { Outcome } from './outcome.ts'
import { runTrial } from './run-trial.ts'
import { table } from './table.ts'
import { WORKLOADS } from './workloads/workloads.ts'

const startedAt = performance.now()
const options = optionsOrExit()
mkdirSync(options.directory, { recursive: true })
const outcomes = await run(options)

console.log(environment(options.directory))
console.log(`- medians of ${options.rounds}, interleaved; amounts of work × ${options.scale}\n`)
console.log(table(outcomes))
if (options.jsonPath !== null) {
  writeFileSync(options.jsonPath, `${JSON.stringify(jsonReport(outcomes), null, 2)}\n`)
}
if (outcomes.some(({ results }) => results.some(({ figures }) => figures === null))) process.exitCode = 1

async function run(options: Options): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const workload of WORKLOADS.filter(({ name }) => options.workloads.includes(name))) {
    for (const trial of workload.trials) {
      const results = await runTrial(workload, trial, options, progress)
      if (results.length > 0) outcomes.push(...trial.rows.map((row) => ({ workload, trial, row, results })))
    }
  }
  return outcomes
}

function progress(message: string): void {
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.error(`${String(seconds).padStart(4)} s  ${message}`)
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exit(2)
  }
}
