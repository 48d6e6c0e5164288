import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { planCsv } from './csv.ts'
import { BIRD_STRIKES } from './data-set.ts'
import { oneLife, shareOf } from './demo/one-life.ts'
import { prove, readJournal, type Snapshot } from './demo/proof.ts'
import { type Importer, openImporter } from './importer.ts'
import { format, ProgressLine } from './progress-line.ts'

const KILLS = 3
/** Each step waits this long, as if it asked a service on the network; otherwise there would be nothing to see. */
const PAUSE_MS = 40

const folder = mkdtempSync(join(tmpdir(), 'durably-demo-'))
const db = join(folder, 'import.db')
const journal = join(folder, 'bodies.jsonl')

const importer = await openImporter({ db, driver: 'libsql' })
try {
  process.exitCode = (await demonstrate(importer)) ? 0 : 1
} finally {
  await importer.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Asks for the import and looks on while worker processes execute it and die. Executes nothing itself. */
async function demonstrate(importer: Importer): Promise<boolean> {
  const startedAt = performance.now()
  introduce()
  const { run, source } = await importer.request(BIRD_STRIKES.file)
  const snapshots = await killAndResume(importer, run.id)

  const ended = await importer.durably.getRun(run.id)
  const steps = await importer.durably.getSteps(run.id)
  const { rows } = await planCsv(BIRD_STRIKES.file, 1_000)
  const { imported, rejected } = await importer.tables.summarise(source, 'strikes')
  const [firstRejected] = await importer.tables.rejected(source, 1)
  const { recorded, begun, repeated, executedTwice } = prove(
    readJournal(journal),
    snapshots,
    new Set(steps.map((step) => step.name)),
  )

  console.log(`
  ${fact('rows imported', imported)}  of ${format(rows)} in the file
  ${fact('rows rejected', rejected)}  reported, not fatal, such as row ${firstRejected?.row}:
  ${' '.repeat(28)}  ${paint('gray', firstRejected?.problem ?? '')}
  ${fact('workers killed', snapshots.length)}  with SIGKILL
  ${fact('steps recorded', recorded)}
  ${fact('bodies interrupted', repeated.length)}  killed before their result was recorded, so they ran again
  ${fact('steps executed twice', executedTwice.length)}
`)
  const complete = ended?.status === 'completed' && rows > 0 && imported + rejected === rows
  const once = executedTwice.length === 0 && begun === recorded + repeated.length
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (complete && once) {
    console.log(
      `  ${paint('green', '✔ Nothing lost, nothing done twice.')} ${paint('gray', `${seconds} s`)}\n`,
    )
  } else {
    console.log(`  ${paint('red', '✖ The proof failed.')}`, { run: ended, rows, begun, executedTwice })
  }
  return complete && once
}

/** Lets worker after worker take the import up; kills all but the last. Answers what was recorded after each kill. */
async function killAndResume(importer: Importer, runId: string): Promise<Snapshot[]> {
  const { durably } = importer
  const args = [BIRD_STRIKES.file, '--db', db, '--pause', String(PAUSE_MS), '--journal', journal]
  const snapshots: Snapshot[] = []
  for (let life = 1; life <= KILLS + 1; life++) {
    const before = shareOf((await durably.getRun(runId))?.progress)
    const draw = (pid: number) => new ProgressLine(`worker ${life}  pid ${String(pid).padEnd(6)}`, before)
    if (life > KILLS) {
      const line = await oneLife(importer, { runId, args, draw, killAt: null })
      line.end(paint('green', '✔ completed'))
    } else {
      const line = await oneLife(importer, {
        runId,
        args,
        draw,
        killAt: (life - Math.random() / 2) / (KILLS + 1),
      })
      const recorded = new Set((await durably.getSteps(runId)).map((step) => step.name))
      snapshots.push({ recorded, begun: readJournal(journal).length })
      line.end(paint('red', '✖ kill -9'))
    }
  }
  return snapshots
}

function introduce(): void {
  console.log(`
  ${paint('bold', 'Durably')}: a CSV import into one SQLite file, whose worker process is killed ${KILLS} times

  data      ${BIRD_STRIKES.title}
            ${paint('gray', BIRD_STRIKES.source)}
            ${paint('gray', BIRD_STRIKES.licence)}
  database  one SQLite file in a temporary folder, written by libSQL
  pace      ${paint('gray', `each step waits ${PAUSE_MS} ms, so that there is something to watch and to interrupt`)}
`)
}

function fact(label: string, count: number): string {
  return `${label.padEnd(20)} ${paint('bold', format(count).padStart(7))}`
}

function paint(style: 'bold' | 'green' | 'red' | 'gray', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}
