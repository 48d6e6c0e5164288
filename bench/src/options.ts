import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SYSTEMS, type SystemName } from './systems/system.ts'
import { WORKLOADS } from './workloads/workloads.ts'

/** What the command line asks for. */
export interface Options {
  readonly rounds: number
  /** All amounts of work are multiplied by this. */
  readonly scale: number
  readonly workloads: readonly string[]
  readonly systems: readonly SystemName[]
  /** Where to write the figures as JSON; null: nowhere. */
  readonly jsonPath: string | null
  /** Where the databases live. */
  readonly directory: string
}

const workloadNames = WORKLOADS.map(({ name }) => name)
const systemNames = Object.keys(SYSTEMS) as readonly SystemName[]

/** How to use the command. */
export const USAGE = `pnpm bench [options]

  --json FILE         also write the figures as JSON
  --only NAME,…       only these workloads: ${workloadNames.join(', ')}
  --systems NAME,…    only these systems: ${systemNames.join(', ')}
  --rounds N          measurements of each figure, of which the median counts (default 5)
  --scale X           multiply all amounts of work (default 1)
  --quick             --rounds 2 --scale 0.1, to see that everything works; the figures mean little
  --dir PATH          where the databases live (default: beside node_modules, so on the disk of the checkout)`

/** Reads the command line. Throws an Error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      systems: { type: 'string' },
      rounds: { type: 'string' },
      scale: { type: 'string' },
      quick: { type: 'boolean', default: false },
      dir: { type: 'string' },
    },
  })
  // A package manager changes the folder and leaves the one it was called in here.
  const calledIn = process.env['INIT_CWD'] ?? process.cwd()
  return {
    rounds: positive('--rounds', values.rounds ?? (values.quick ? '2' : '5')),
    scale: positive('--scale', values.scale ?? (values.quick ? '0.1' : '1')),
    workloads: names('--only', values.only, workloadNames),
    systems: names('--systems', values.systems, systemNames),
    jsonPath: values.json === undefined ? null : resolve(calledIn, values.json),
    directory:
      values.dir === undefined
        ? resolve(import.meta.dirname, '../node_modules/.cache')
        : resolve(calledIn, values.dir),
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`${option} must be a positive number; got "${text}"`)
}

function names<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known
  const wanted = text.split(',')
  const unknown = wanted.find((name) => !(known as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new Error(`${option}: there is no "${unknown}"; there are ${known.join(', ')}`)
  return known.filter((name) => wanted.includes(name))
}
