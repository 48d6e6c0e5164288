import { appendFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { isDurablyError } from '@durably/core'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { type Importer, openImporter } from './importer.ts'
import { format, ProgressLine } from './progress-line.ts'

const REJECTED_SHOWN = 5
/** What a shell expects of a program that ended on Ctrl-C. */
const INTERRUPTED = 130

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = readArguments(process.argv.slice(2))
    if (options.help) {
      console.log(USAGE)
      return 0
    }
    return await importFile(options)
  } catch (error) {
    console.error(
      styleText('red', error instanceof Error ? error.message : String(error), { stream: process.stderr }),
    )
    return 1
  }
}

async function importFile({ file, db, driver, rowsPerStep, pauseMs, journal }: Arguments): Promise<number> {
  const onBody = (stepName: string, generation: number) => {
    if (journal !== null) appendFileSync(journal, `${JSON.stringify({ stepName, generation })}\n`)
  }
  const importer = await openImporter({ db, driver, pauseMs, onBody })
  const interrupted = new Promise<'interrupted'>((resolve) => {
    process.once('SIGINT', () => resolve('interrupted')).once('SIGTERM', () => resolve('interrupted'))
  })
  try {
    console.log(`${file} → ${db} (${driver})`)
    const { run, source } = await importer.request(file, rowsPerStep)
    await announce(importer, run)
    importer.durably.start()

    const line = new ProgressLine(`pid ${process.pid}`)
    const waiting = importer.durably.waitForRun(run.id, {
      onProgress: ({ current, total }) => line.update(current, total ?? current),
    })
    // Whoever wins the race, the other one is still observed.
    const ended = await Promise.race([interrupted, waiting])
    if (ended === 'interrupted') {
      waiting.catch(() => {})
      line.end(styleText('yellow', 'interrupted'))
      console.log('Recorded steps are kept: run the same command again to continue.')
      return INTERRUPTED
    }
    line.end(styleText('green', 'completed'))
    await report(importer, run.id, source)
    return 0
  } catch (error) {
    if (!isDurablyError(error, 'RUN_FAILED')) throw error
    console.error(error.message)
    console.error('Run the same command again to retry after the last recorded step.')
    return 1
  } finally {
    await importer.close()
  }
}

/** Says what will happen to this import, and takes a failed one up again. */
async function announce(
  { durably }: Importer,
  run: Awaited<ReturnType<Importer['request']>>['run'],
): Promise<void> {
  if (run.created) return
  const steps = await durably.getSteps(run.id)
  const recorded = steps.filter((step) => step.status === 'completed').length
  if (run.status === 'completed') console.log(`This content was imported already, at ${run.finishedAt}.`)
  else
    console.log(
      `Continues an unfinished import: ${recorded} steps are recorded and will not be executed again.`,
    )
  if (run.status === 'failed' || run.status === 'cancelled') await durably.retry(run.id)
}

async function report({ durably, tables }: Importer, runId: string, source: string): Promise<void> {
  const run = await durably.jobs.importCsv.getRun(runId)
  if (!run?.output) return
  const { table, imported, rejected } = run.output
  console.log(`${format(imported)} rows are in the table "${table}", ${format(rejected)} in "rejected_rows".`)
  for (const { row, problem } of await tables.rejected(source, REJECTED_SHOWN)) {
    console.log(`  row ${row}: ${problem}`)
  }
  if (rejected > REJECTED_SHOWN) console.log(`  … and ${rejected - REJECTED_SHOWN} more`)
}
