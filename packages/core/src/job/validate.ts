import { reasonOf } from '../describe.ts'
import { DurablyError } from '../errors.ts'
import type { AnyJob } from './job.ts'
import type { ReadableIssue, SchemaIssue, SchemaResult } from './schema.ts'

const SHOWN_ISSUES = 5

/**
 * What a job's schema makes of its input or output; without a schema, the value as it is. At once where the validator is
 * synchronous: this is the path of every run.
 *
 * @param details what the error tells programs beside the issues
 * @throws DurablyError `INPUT_INVALID` or `OUTPUT_INVALID`; a validator that throws counts as one issue
 */
export function validate(job: AnyJob, what: 'input' | 'output', value: unknown, details?: object): unknown {
  const schema = job[what]
  if (!schema) return value
  let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>
  try {
    result = schema['~standard'].validate(value)
  } catch (error) {
    result = failure(error)
  }
  return result instanceof Promise
    ? result.catch(failure).then((late) => accept(late, job, what, details))
    : accept(result, job, what, details)
}

function failure(error: unknown): SchemaResult<never> {
  return { issues: [{ message: reasonOf(error) }] }
}

function accept(
  result: SchemaResult<unknown>,
  job: AnyJob,
  what: 'input' | 'output',
  details?: object,
): unknown {
  if (!result.issues) return result.value
  throw schemaError(job, what, result.issues, details)
}

/** The refusal of a value, with what the schema objects to, and where. */
export function schemaError(
  { name }: AnyJob,
  what: 'input' | 'output',
  given: readonly SchemaIssue[],
  details?: object,
): DurablyError {
  const issues = given.map(toReadable)
  const shown = issues
    .slice(0, SHOWN_ISSUES)
    .map(({ path, message }) => (path ? `${path}: ${message}` : message))
  return new DurablyError(
    what === 'input' ? 'INPUT_INVALID' : 'OUTPUT_INVALID',
    `The ${what} of job "${name}" does not fit its schema: ${shown.join('; ')}`,
    { details: { ...details, issues } },
  )
}

function toReadable({ path, message }: SchemaIssue): ReadableIssue {
  let text = ''
  for (const segment of path ?? []) {
    const key = typeof segment === 'object' ? segment.key : segment
    text += typeof key === 'number' ? `[${key}]` : `${text && '.'}${String(key)}`
  }
  return { path: text, message }
}
