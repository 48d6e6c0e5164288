/**
 * The benchmark of the browser: `pnpm bench:browser`. Systems take turns, each measurement on a page and a database of its own;
 * the median of the rounds counts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright'
import { CHROMIUM_FLAGS, chromiumPath } from '../../../config/browser.ts'
import type { Bench, FollowerTask, Task } from './page/main.ts'
import { type Bar, ROWS, type Row } from './rows.ts'
import { serve } from './site.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log('pnpm bench:browser [--rounds 5] [--only drain] [--json figures.json]')
  process.exit(0)
}

const FOLLOWER_ROWS: readonly {
  title: string
  measures: FollowerTask['measures']
  backlog: number
  bar?: number
}[] = [
  { title: 'trigger to start, seen by a follower, p50', measures: 'trigger-to-start', backlog: 0 },
  { title: 'read of 10 runs by a follower, leader idle', measures: 'read', backlog: 0 },
  { title: 'read of 10 runs by a follower, leader draining', measures: 'read', backlog: 20_000, bar: 5 },
]

const rounds = Number(values.rounds)
const server = await serve()
const address = server.resolvedUrls?.local[0] ?? ''
const path = chromiumPath()
const profile = mkdtempSync(join(tmpdir(), 'durably-bench-'))
// With a profile on disk: a private window keeps its files in memory behind another process, where every write is a message.
const browser = await chromium.launchPersistentContext(profile, {
  ...(path ? { executablePath: path } : {}),
  args: [...CHROMIUM_FLAGS],
})
const figures: {
  workload: string
  system: string
  durability: 'full'
  value: number
  unit: string
  ratioToRaw: number | null
}[] = []

try {
  const lines = [
    '| workload | system | figure | of raw | × coji on stock | bar |  |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  for (const row of ROWS.filter(({ title }) => title.includes(values.only)))
    lines.push(...(await measureRow(row)))
  for (const row of FOLLOWER_ROWS.filter(({ title }) => title.includes(values.only))) {
    const value = median(await repeat(() => measureFollower(row.measures, row.backlog)))
    figures.push({
      workload: row.title,
      system: 'durably',
      durability: 'full',
      value,
      unit: 'ms',
      ratioToRaw: null,
    })
    const verdict = row.bar === undefined ? '' : value <= row.bar ? 'met' : '**missed**'
    lines.push(
      `| ${row.title} | durably | ${figure(value, 'ms')} |  |  | ${row.bar ? `≤ ${row.bar} ms` : ''} | ${verdict} |`,
    )
  }
  console.log(`- Chromium ${browser.browser()?.version()}, headless; Node ${process.versions.node}`)
  console.log(
    `- load average ${loadavg()[1]?.toFixed(1)}; medians of ${rounds}, interleaved; durability full\n`,
  )
  console.log(lines.join('\n'))
  if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
} finally {
  await browser.close()
  await server.close()
  rmSync(profile, { recursive: true, force: true })
}

async function measureRow(row: Row): Promise<string[]> {
  const measured = new Map<string, number[]>()
  await repeat(async (round) => {
    for (const { system, size } of row.entrants) {
      process.stderr.write(`${row.title}: ${system}, round ${round + 1} of ${rounds}\n`)
      const value = await measureAlone({ workload: row.workload, concurrency: row.concurrency, system, size })
      measured.set(system, [...(measured.get(system) ?? []), value])
    }
    return 0
  })
  const values = new Map([...measured].map(([system, list]) => [system, median(list)]))
  const raw = values.get('raw')
  const stock = values.get('coji-stock')
  return [...values].map(([system, value]) => {
    const ratioToRaw = raw === undefined ? null : value / raw
    figures.push({ workload: row.title, system, durability: 'full', value, unit: row.unit, ratioToRaw })
    const bars = row.bars.filter((bar) => (bar.system ?? 'durably') === system)
    const verdicts = bars.map((bar) => (meets(value, bar, values) ? 'met' : '**missed**'))
    const perStock =
      stock === undefined || system === 'coji-stock' ? '' : `${(value / stock).toPrecision(3)} ×`
    return `| ${row.title} | ${system} | ${figure(value, row.unit)} | ${ratioToRaw === null || system === 'raw' ? '' : `${ratioToRaw.toPrecision(2)} ×`} | ${perStock} | ${bars.map(describe).join(', ')} | ${verdicts.join(', ')} |`
  })
}

async function measureAlone(task: Task): Promise<number> {
  return inPages(async (open) => {
    const page = await open()
    return page.evaluate((what) => (globalThis as unknown as { bench: Bench }).bench.measure(what), task)
  })
}

async function measureFollower(measures: FollowerTask['measures'], backlog: number): Promise<number> {
  return inPages(async (open) => {
    const databasePath = `followed-${crypto.randomUUID()}.db`
    const leader = await open()
    await leader.evaluate(
      ([path, count]) => (globalThis as unknown as { bench: Bench }).bench.lead(path, count),
      [databasePath, backlog] as const,
    )
    const follower = await open()
    const task: FollowerTask = { databasePath, measures, times: backlog > 0 ? 40 : 100 }
    return follower.evaluate((what) => (globalThis as unknown as { bench: Bench }).bench.follow(what), task)
  })
}

/** Pages of their own, closed afterwards, and nothing left of their databases. */
async function inPages<T>(body: (open: () => Promise<Page>) => Promise<T>): Promise<T> {
  const pages: Page[] = []
  const open = async () => {
    const page = await browser.newPage()
    pages.push(page)
    await page.goto(address)
    await page.waitForFunction(() => 'bench' in globalThis)
    return page
  }
  try {
    return await body(open)
  } finally {
    for (const page of pages) await page.close()
    const cleaner = await browser.newPage()
    await cleaner.goto(address)
    await cleaner.evaluate(async () => {
      const root = await navigator.storage.getDirectory()
      for await (const name of root.keys()) await root.removeEntry(name, { recursive: true }).catch(() => {})
    })
    await cleaner.close()
  }
}

async function repeat(body: (round: number) => Promise<number>): Promise<number[]> {
  const results: number[] = []
  for (let round = 0; round < rounds; round++) results.push(await body(round))
  return results
}

function meets(value: number, { times, of, amount }: Bar, values: ReadonlyMap<string, number>): boolean {
  if (amount !== undefined) return value >= amount
  return value >= (times ?? 0) * (values.get(of ?? 'raw') ?? Number.POSITIVE_INFINITY)
}

function describe({ times, of, amount }: Bar): string {
  return amount === undefined ? `≥ ${times} × ${of}` : `≥ ${amount.toLocaleString('en')}`
}

function figure(value: number, unit: string): string {
  return `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)} ${unit}`
}

function median(list: readonly number[]): number {
  return list.toSorted((one, other) => one - other)[Math.floor(list.length / 2)] ?? Number.NaN
}
