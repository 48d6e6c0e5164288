import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Options, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'

/** Consecutive rows of a file, small enough for one step. */
interface Chunk {
  /** Number of the first row, 1 for the one below the header. */
  readonly firstRow: number
  readonly lastRow: number
  /** Where the rows begin in the file, in bytes. */
  readonly start: number
  /** Where they end; this byte is no longer theirs. */
  readonly end: number
}

/** How a file is cut into chunks. Plain data, so that a step can record it. */
export interface CsvPlan {
  readonly header: readonly string[]
  readonly delimiter: string
  readonly rows: number
  readonly chunks: readonly Chunk[]
  /** What the file looked like when it was cut: the chunks fit no other content. */
  readonly bytes: number
  readonly modifiedMs: number
}

const DELIMITERS = [',', ';', '\t', '|']
/** Rows may be of any length and quotes anywhere: whether a row is good is decided row by row, not by the parser. */
const LENIENT = {
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
} satisfies Options

/** A short name for the content of a file: the same bytes have the same name wherever they lie. */
export async function fingerprint(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex').slice(0, 16)
}

/**
 * Reads a file once, as a stream, and notes where each chunk begins, so that a step can read its own rows and nothing else,
 * however large the file is and wherever an interrupted import goes on.
 */
export async function planCsv(path: string, rowsPerChunk: number): Promise<CsvPlan> {
  const { size, mtimeMs } = await stat(path)
  const delimiter = await detectDelimiter(path)
  const records = parse({ ...LENIENT, delimiter, info: true })
  // A failure of either stream ends the loop below, which reads the second one.
  pipeline(createReadStream(path), records, () => {})

  let header: readonly string[] | null = null
  let rows = 0
  let end = 0
  const chunks: { firstRow: number; lastRow: number; start: number; end: number }[] = []
  for await (const { record, info } of records as AsyncIterable<ParsedRecord>) {
    if (header === null) {
      header = record.map((name) => name.trim())
    } else {
      rows++
      const current = chunks.at(-1)
      if (current === undefined || rows - current.firstRow >= rowsPerChunk) {
        chunks.push({ firstRow: rows, lastRow: rows, start: end, end: info.bytes })
      } else {
        current.lastRow = rows
        current.end = info.bytes
      }
    }
    end = info.bytes
  }
  if (header === null) throw new Error(`${path} is empty: its first line must name the columns.`)
  return { header, delimiter, rows, chunks, bytes: size, modifiedMs: mtimeMs }
}

/** The rows of one chunk, as lists of fields. */
export async function readChunk(path: string, plan: CsvPlan, chunk: Chunk): Promise<string[][]> {
  const { size, mtimeMs } = await stat(path)
  if (size !== plan.bytes || mtimeMs !== plan.modifiedMs) {
    throw new Error(`${path} has changed since this import began; start a new import.`)
  }
  const bytes = await buffer(createReadStream(path, { start: chunk.start, end: chunk.end - 1 }))
  return parseAtOnce(bytes, { ...LENIENT, bom: false, delimiter: plan.delimiter })
}

interface ParsedRecord {
  readonly record: readonly string[]
  /** `bytes`: where the record ends in the file. */
  readonly info: { readonly bytes: number }
}

/** The candidate that the first line contains most often. */
async function detectDelimiter(path: string): Promise<string> {
  const file = await open(path)
  try {
    for await (const line of file.readLines()) {
      const count = (delimiter: string) => line.split(delimiter).length
      return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best))
    }
    return ','
  } finally {
    await file.close()
  }
}
