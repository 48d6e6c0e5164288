import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { BIRD_STRIKES } from './data-set.ts'
import { prove, readJournal, type Snapshot } from './demo/proof.ts'
import { WorkerProcess } from './demo/worker-process.ts'
import { type Importer, openImporter } from './importer.ts'
import { format, ProgressLine } from './progress-line.ts'

const KILLS = 3
/** Each step waits this long, as if it asked a service on the network; otherwise there would be nothing to see. */
const PAUSE_MS = 50
const LOOK_MS = 50

const folder = mkdtempSync(join(tmpdir(), 'durably-demo-'))
const db = join(folder, 'import.db')
const journal = join(folder, 'bodies.jsonl')
const startedAt = performance.now()
let worker: WorkerProcess | undefined

const importer = await openImporter({ db, driver: 'libsql' })
try {
  process.exitCode = (await demonstrate(importer)) ? 0 : 1
} finally {
  worker?.abandon()
  await importer.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Asks for the import, and looks on while other processes execute it and die. Executes nothing itself. */
async function demonstrate({ durably, tables, request }: Importer): Promise<boolean> {
  const { run, source } = await request(BIRD_STRIKES.file)
  introduce()

  const snapshots: Snapshot[] = []
  for (let life = 1; life <= KILLS + 1; life++) {
    // Somewhere in its share of the work, at a moment nobody chose: inside a body, between two, inside a commit.
    const killAt = life > KILLS ? Number.POSITIVE_INFINITY : (life - Math.random() * 0.7) / (KILLS + 1)
    worker = new WorkerProcess([
      BIRD_STRIKES.file,
      '--db',
      db,
      '--pause',
      String(PAUSE_MS),
      '--journal',
      journal,
    ])
    const before = shareOf((await durably.getRun(run.id))?.progress)
    const line = new ProgressLine(`worker ${life}  pid ${String(worker.pid).padEnd(7)}`, before)

    while (worker.running) {
      const progress = (await durably.getRun(run.id))?.progress
      if (progress) line.update(progress.current, progress.total ?? 0)
      if (shareOf(progress) >= killAt) break
      await sleep(LOOK_MS)
    }
    if (life > KILLS) {
      await worker.end()
      const progress = (await durably.getRun(run.id))?.progress
      if (progress) line.update(progress.current, progress.total ?? 0)
      line.end(paint('green', '✔ completed'))
    } else {
      await sleep(Math.random() * 2 * PAUSE_MS)
      await worker.kill()
      const recorded = await recordedSteps(run.id)
      snapshots.push({ recorded, begun: readJournal(journal).length })
      line.end(`${paint('red', '✖ kill -9')}  ${paint('gray', `${recorded.size} steps recorded`)}`)
    }
  }

  const ended = await durably.jobs.importCsv.getRun(run.id)
  const plan = (await durably.getSteps(run.id)).find((step) => step.name === 'plan')
  const rows = (plan?.output as { rows: number } | undefined)?.rows ?? 0
  const counted = await tables.summarise(source, 'strikes')
  const proof = prove(readJournal(journal), snapshots, await recordedSteps(run.id))

  const complete = ended?.status === 'completed' && rows > 0 && counted.imported + counted.rejected === rows
  const once = proof.executedTwice.length === 0 && proof.begun === proof.recorded + proof.repeated.length
  const [first] = await tables.rejected(source, 1)
  console.log(`
  ${fact('rows imported', counted.imported)}  of ${format(rows)} in the file
  ${fact('rows rejected', counted.rejected)}  ${first ? `reported, not fatal; the first: row ${first.row}, ${first.problem}` : ''}
  ${fact('workers killed', snapshots.length)}  with SIGKILL
  ${fact('steps recorded', proof.recorded)}
  ${fact('bodies repeated', proof.repeated.length)}  begun but not yet recorded when their process was killed
  ${fact('steps executed twice', proof.executedTwice.length)}
`)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (complete && once)
    console.log(`  ${paint('green', `✔ Nothing lost, nothing done twice. ${seconds} s`)}\n`)
  else console.log(`  ${paint('red', '✖ The proof failed.')} ${JSON.stringify({ run: ended, proof })}\n`)
  return complete && once

  async function recordedSteps(runId: string): Promise<ReadonlySet<string>> {
    return new Set((await durably.getSteps(runId)).map((step) => step.name))
  }
}

function introduce(): void {
  console.log(`
  ${paint('bold', 'Durably')}: a CSV import into one SQLite file, whose worker process is killed ${KILLS} times

  data      ${BIRD_STRIKES.title}
            ${paint('gray', BIRD_STRIKES.source)}
            ${paint('gray', BIRD_STRIKES.licence)}
  database  ${db}
`)
}

function shareOf(progress: { readonly current: number; readonly total?: number } | null | undefined): number {
  return progress?.total ? progress.current / progress.total : 0
}

function fact(label: string, count: number): string {
  return `${label.padEnd(20)} ${paint('bold', format(count).padStart(7))}`
}

function paint(style: 'bold' | 'green' | 'red' | 'gray', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}
