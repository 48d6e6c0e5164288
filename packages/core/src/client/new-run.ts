import { toMilliseconds } from '../duration.ts'
import { DurablyError } from '../errors.ts'
import type { AnyJob } from '../job/job.ts'
import { describeIssues, type Validated, validate } from '../job/schema.ts'
import { serialize } from '../json.ts'
import { type Limits, requireName, requireText } from '../limits.ts'
import { optionError } from '../options.ts'
import type { NewRun } from '../ports/storage.ts'
import type { TriggerOptions } from './job-handle.ts'

const OPTIONS: ReadonlySet<string> = new Set([
  'idempotencyKey',
  'concurrencyKey',
  'labels',
  'delay',
  'timeout',
  'onProgress',
  'onLog',
])

/**
 * Checks what a caller wants to trigger, before anything is written. At once where the job's validator is synchronous.
 *
 * @throws DurablyError `INPUT_INVALID`, `NOT_JSON`, `LIMIT_EXCEEDED`, `OPTION_INVALID`
 */
export function prepareRun(
  job: AnyJob,
  input: unknown,
  options: TriggerOptions,
  limits: Limits,
  now: number,
): NewRun | Promise<NewRun> {
  const inputJson =
    serialize(input, `input of job "${job.name}"`, {
      maxLength: limits.inputLength,
      maxDepth: limits.depth,
    }) ?? ''
  const run: NewRun = {
    jobName: job.name,
    inputJson,
    originId: null,
    ...readOptions(job, options, limits, now),
  }
  if (!job.input) {
    if (input !== undefined)
      throw inputInvalid(job, [{ path: '', message: 'the job takes no input: give it an "input" schema' }])
    return run
  }
  const parsed = validate(job.input, input)
  return parsed instanceof Promise ? parsed.then((late) => accept(job, run, late)) : accept(job, run, parsed)
}

/** An `INPUT_INVALID` that lists what the schema refused, and where. */
export function inputInvalid(job: AnyJob, issues: Extract<Validated, { ok: false }>['issues']): DurablyError {
  return new DurablyError(
    'INPUT_INVALID',
    `The input of job "${job.name}" does not fit its schema: ${describeIssues(issues)}`,
    {
      details: { jobName: job.name, issues },
    },
  )
}

function accept(job: AnyJob, run: NewRun, parsed: Validated): NewRun {
  if (!parsed.ok) throw inputInvalid(job, parsed.issues)
  return run
}

function readOptions(
  job: AnyJob,
  options: TriggerOptions,
  limits: Limits,
  now: number,
): Pick<NewRun, 'idempotencyKey' | 'concurrencyKey' | 'labels' | 'readyAt'> {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name))
      throw optionError(name, `is not an option of trigger. Known: ${[...OPTIONS].join(', ')}`, undefined)
  }
  const idempotencyKey = options.idempotencyKey ?? null
  const concurrencyKey = options.concurrencyKey ?? job.defaults.concurrencyKey ?? null
  if (idempotencyKey !== null) requireName(idempotencyKey, 'idempotency key', limits)
  if (concurrencyKey !== null) requireName(concurrencyKey, 'concurrency key', limits)
  return {
    idempotencyKey,
    concurrencyKey,
    labels: readLabels(job.defaults.labels, options.labels, limits),
    readyAt: options.delay === undefined ? null : now + toMilliseconds(options.delay, 'delay'),
  }
}

function readLabels(
  defaults: Readonly<Record<string, string>> | undefined,
  given: Readonly<Record<string, string>> | undefined,
  limits: Limits,
): Readonly<Record<string, string>> | null {
  if (!defaults && !given) return null
  const labels: Record<string, string> = { ...defaults, ...given }
  const names = Object.keys(labels)
  if (names.length === 0) return null
  if (names.length > limits.labels) {
    throw new DurablyError(
      'LIMIT_EXCEEDED',
      `The run has ${names.length} labels, the limit is ${limits.labels}.`,
      {
        details: { limit: limits.labels },
      },
    )
  }
  for (const name of names) {
    requireName(name, 'label name', limits)
    if (name === '__proto__') throw new DurablyError('OPTION_INVALID', 'A label cannot be named "__proto__".')
    requireText(labels[name], `value of label "${name}"`, limits)
  }
  return labels
}
