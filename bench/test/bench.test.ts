import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JsonFigure } from '../src/json-report.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'durably-bench-test-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

test('writes the figures of each system as JSON, compared with raw statements', { timeout: 60_000 }, () => {
  const file = join(directory, 'figures.json')
  const args = ['--only', 'enqueue', '--scale', '0.005', '--rounds', '1', '--dir', directory, '--json', file]
  execFileSync(process.execPath, ['--conditions=@durably/source', MAIN, ...args], { stdio: 'pipe' })

  const figures = JSON.parse(readFileSync(file, 'utf8')) as readonly JsonFigure[]
  expect(figures.map(({ system, durability }) => `${system} ${durability}`)).toEqual([
    'durably full',
    'raw full',
    'coji-durably full',
    'openworkflow full',
    'durably process',
    'raw process',
    'coji-durably process',
    'openworkflow process',
  ])
  for (const figure of figures) {
    expect(figure).toEqual({
      workload: 'enqueue one by one',
      system: figure.system,
      durability: figure.durability,
      value: expect.any(Number),
      unit: 'runs/s',
      ratioToRaw: expect.any(Number),
    })
    expect(figure.value).toBeGreaterThan(0)
    if (figure.system === 'raw') expect(figure.ratioToRaw).toBe(1)
  }
})

test('refuses a workload it does not know, and names the ones it does', () => {
  const run = () =>
    execFileSync(process.execPath, ['--conditions=@durably/source', MAIN, '--only', 'dance'], {
      stdio: 'pipe',
    })
  expect(run).toThrow(/there is no "dance"; there are enqueue, /)
})
