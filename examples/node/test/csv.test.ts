import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type CsvPlan, fingerprint, planCsv, readChunk } from '../src/csv.ts'
import { BIRD_STRIKES } from '../src/data-set.ts'

function csvFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'durably-csv-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'data.csv')
  writeFileSync(path, content)
  return path
}

async function readAll(path: string, plan: CsvPlan): Promise<string[][]> {
  const chunks = await Promise.all(plan.chunks.map((chunk) => readChunk(path, plan, chunk)))
  return chunks.flat()
}

it('cuts a file so that every row is in exactly one chunk', async () => {
  const path = csvFile('id,note\n1,a\n2,b\n3,c\n4,d\n5,e\n')
  const plan = await planCsv(path, 2)
  expect(plan.chunks.map(({ firstRow, lastRow }) => [firstRow, lastRow])).toEqual([
    [1, 2],
    [3, 4],
    [5, 5],
  ])
  expect(await readAll(path, plan)).toEqual([
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'c'],
    ['4', 'd'],
    ['5', 'e'],
  ])
})

it.each([
  [
    'line breaks inside quotes',
    'id,note\r\n1,"two\r\nlines"\r\n2,"say ""hi"""\r\n',
    [
      ['1', 'two\r\nlines'],
      ['2', 'say "hi"'],
    ],
  ],
  [
    'a byte order mark and letters of several bytes',
    '\ufeffid,note\n1,é\n2,漢字\n3,x',
    [
      ['1', 'é'],
      ['2', '漢字'],
      ['3', 'x'],
    ],
  ],
  [
    'empty lines',
    'id,note\n\n1,a\n\n\n2,b\n\n',
    [
      ['1', 'a'],
      ['2', 'b'],
    ],
  ],
  [
    'semicolons',
    'id;note\n1;a,b\n2;c\n',
    [
      ['1', 'a,b'],
      ['2', 'c'],
    ],
  ],
  ['rows of the wrong length', 'id,note\n1\n2,b,c\n', [['1'], ['2', 'b', 'c']]],
])('reads %s chunk by chunk', async (_, content, rows) => {
  const path = csvFile(content)
  const plan = await planCsv(path, 1)
  expect(plan.header).toEqual(['id', 'note'])
  expect(plan.rows).toBe(rows.length)
  expect(await readAll(path, plan)).toEqual(rows)
})

it('reads the whole data set by chunks', async () => {
  const plan = await planCsv(BIRD_STRIKES.file, 997)
  const rows = await readAll(BIRD_STRIKES.file, plan)
  expect(plan.rows).toBe(10_000)
  expect(rows).toHaveLength(10_000)
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([plan.header.length]))
})

it('refuses a file without a header', async () => {
  await expect(planCsv(csvFile(''), 10)).rejects.toThrow(/is empty/)
})

it('refuses to read chunks of a file that has changed since it was cut', async () => {
  const path = csvFile('id\n1\n2\n')
  const plan = await planCsv(path, 1)
  appendFileSync(path, '3\n')
  await expect(readAll(path, plan)).rejects.toThrow(/has changed/)
})

it('names files by their content', async () => {
  const one = await fingerprint(csvFile('a\n1\n'))
  expect(await fingerprint(csvFile('a\n1\n'))).toBe(one)
  expect(await fingerprint(csvFile('a\n2\n'))).not.toBe(one)
})
