import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readJournal } from '../src/demo/proof.ts'
import { openImporter } from '../src/importer.ts'
import { type DriverName, STORAGES } from '../src/storages.ts'

const LONG_ENOUGH_MS = 120_000

type Child = ChildProcessByStdio<null, Readable, Readable>

function start(script: string, args: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(`../src/${script}`, import.meta.url))
  return spawn(process.execPath, ['--conditions=@durably/source', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function ended(child: Child) {
  const exit = once(child, 'exit')
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code, signal] = await exit
  return { output, errors, code, signal }
}

/** The import command on a database of its own, interrupted by a signal after some steps. */
async function interrupted(driver: DriverName, signal: NodeJS.Signals) {
  const folder = mkdtempSync(join(tmpdir(), 'durably-interruption-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const journal = join(folder, 'bodies.jsonl')
  const db = join(folder, 'import.db')
  const command = ['--db', db, '--driver', driver, '--rows', '500', '--journal', journal]
  const begun = () => (existsSync(journal) ? readJournal(journal).length : 0)

  const child = start('main.ts', [...command, '--pause', '200'])
  const end = ended(child)
  await expect.poll(begun, { interval: 20, timeout: LONG_ENOUGH_MS }).toBeGreaterThan(5)
  child.kill(signal)
  return { ...(await end), command, db, journal }
}

it.each(Object.keys(STORAGES) as DriverName[])('continues after kill -9 on %s', async (driver) => {
  const first = await interrupted(driver, 'SIGKILL')
  expect(first.signal).toBe('SIGKILL')

  const second = await ended(start('main.ts', first.command))
  expect(second.code).toBe(0)
  expect(second.output).toMatch(/Continues an unfinished import: \d+ steps are recorded/)
  expect(second.output).toContain('9,985 rows are in the table "strikes", 15 in "rejected_rows"')
  // 20 chunks, the plan and the summary: each began once, except the one that may have been going on at the kill.
  const bodies = readJournal(first.journal).map((entry) => entry.stepName)
  expect(new Set(bodies).size).toBe(22)
  expect(bodies.length).toBeLessThanOrEqual(23)
})

it('hands the import back on Ctrl-C, for the next process to continue', async () => {
  const first = await interrupted('libsql', 'SIGINT')
  expect(first.code).toBe(130)
  expect(first.output).toContain('run the same command again to continue')
  const importer = await openImporter({ db: first.db, driver: 'libsql' })
  const [run] = await importer.durably.getRuns()
  await importer.close()
  expect(run?.status).toBe('pending')

  const second = await ended(start('main.ts', first.command))
  expect(second.code).toBe(0)
  expect(second.output).toContain('9,985 rows are in the table "strikes"')
})

it('proves in the demo that killing the worker loses nothing and repeats nothing', async () => {
  const { code, output } = await ended(start('demo.ts'))
  expect(output).toMatch(/rows imported +9,985 {2}of 10,000/)
  expect(output).toMatch(/workers killed +3/)
  expect(output).toMatch(/steps recorded +102/)
  expect(output).toMatch(/steps executed twice +0/)
  expect(code).toBe(0)
})

it('says which drivers there are when it is given another', async () => {
  const { code, errors } = await ended(start('main.ts', ['--driver', 'oracle']))
  expect(errors).toContain('--driver is one of libsql, better-sqlite3, not oracle.')
  expect(code).toBe(1)
})
