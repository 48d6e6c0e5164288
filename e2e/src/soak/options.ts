import { parseArgs } from 'node:util'
import { DRIVERS, type DriverName } from '../database.ts'

/** How long and on what a soak works. */
export interface SoakOptions {
  /** All drivers together. */
  readonly rounds: number
  /** No round is begun after this time. */
  readonly minutes: number
  readonly drivers: readonly DriverName[]
  readonly seed: number
}

/**
 * Reads `--rounds N --minutes M --driver NAME --seed S`.
 *
 * @throws Error naming the option
 */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '9' },
      driver: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  })
  const drivers = DRIVERS.filter((name) => values.driver === undefined || values.driver === name)
  if (drivers.length === 0)
    throw new Error(`--driver must be one of ${DRIVERS.join(', ')}, not ${values.driver}`)
  return {
    rounds: positive('rounds', values.rounds),
    minutes: positive('minutes', values.minutes),
    drivers,
    seed: positive('seed', values.seed),
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (value > 0) return value
  throw new Error(`--${option} must be a number above zero, not ${text}`)
}
