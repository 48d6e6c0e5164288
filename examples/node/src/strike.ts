import { z } from 'zod'
import type { Fields, ReadRow } from './fields.ts'

const DAMAGE = ['None', 'Minor', 'Medium', 'Substantial'] as const

const name = z.string().trim().min(1, 'is empty')
const dollars = z
  .string()
  .regex(/^\d+$/, 'is not a whole number of dollars')
  .transform((text) => Number(text))

const columns = z.object({
  'Airport Name': name,
  'Aircraft Make Model': name,
  'Effect Amount of damage': z.enum(DAMAGE, {
    error: ({ input }) => `${JSON.stringify(input)} is none of ${DAMAGE.join(', ')}`,
  }),
  'Flight Date': z.iso.date('is not a date like 1999-12-31'),
  'Aircraft Airline Operator': name,
  'Origin State': name,
  'Phase of flight': name,
  'Wildlife Size': name,
  'Wildlife Species': name,
  'Time of day': name,
  'Cost Other': dollars,
  'Cost Repair': dollars,
  'Cost Total $': dollars,
  'Speed IAS in knots': z.string().regex(/^\d*$/, 'is not a speed in knots'),
})

const strike = columns
  .refine((row) => row['Cost Other'] + row['Cost Repair'] === row['Cost Total $'], {
    path: ['Cost Total $'],
    error: 'is not the sum of the other two costs',
  })
  .transform((row) => ({
    date: row['Flight Date'],
    airport: row['Airport Name'],
    state: row['Origin State'],
    aircraft: row['Aircraft Make Model'],
    // Some names end in an asterisk, a footnote mark that is no part of the name.
    operator: row['Aircraft Airline Operator'].replace(/\*$/, ''),
    phase: row['Phase of flight'].toLowerCase(),
    time_of_day: row['Time of day'].toLowerCase(),
    species: row['Wildlife Species'],
    wildlife_size: row['Wildlife Size'].toLowerCase(),
    damage: row['Effect Amount of damage'].toLowerCase(),
    cost_dollars: row['Cost Total $'],
    // Often not reported.
    speed_knots: row['Speed IAS in knots'] === '' ? null : Number(row['Speed IAS in knots']),
  }))

/** A reported collision of an aircraft with wildlife. */
export type Strike = z.output<typeof strike>

/** The columns of the FAA Wildlife Strike Database as `vega-datasets` publishes it. */
export const STRIKE_COLUMNS: readonly string[] = Object.keys(columns.shape)

/** Validates one report and brings it into the form of the table `strikes`. */
export function readStrike(fields: Fields): ReadRow<Strike> {
  const result = strike.safeParse(fields)
  if (result.success) return { ok: true, value: result.data }
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  return { ok: false, problem: problems.join('; ') }
}
