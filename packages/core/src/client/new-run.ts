import { toMilliseconds } from '../duration.ts'
import type { AnyJob } from '../job/job.ts'
import { schemaError, validate } from '../job/validate.ts'
import { serialize } from '../json.ts'
import { type Limits, requireName, requireWithin } from '../limits.ts'
import { optionError } from '../options.ts'
import type { NewRun } from '../ports/storage.ts'
import type { TriggerOptions } from './job-handle.ts'

type Labels = TriggerOptions['labels']

const OPTIONS: readonly string[] = [
  'idempotencyKey',
  'concurrencyKey',
  'labels',
  'delay',
  'timeout',
  'onProgress',
  'onLog',
]

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
  const { name, defaults } = job
  const inputJson = serialize(input, `input of job "${name}"`, {
    maxLength: limits.inputLength,
    maxDepth: limits.depth,
    option: 'limits.inputLength',
  })
  for (const option of Object.keys(options)) {
    if (!OPTIONS.includes(option)) throw optionError(option, `one of ${OPTIONS.join(', ')}`, option)
  }
  const { idempotencyKey = null, delay } = options
  const concurrencyKey = options.concurrencyKey ?? defaults.concurrencyKey ?? null
  if (idempotencyKey !== null) requireName(idempotencyKey, 'idempotencyKey', limits)
  if (concurrencyKey !== null) requireName(concurrencyKey, 'concurrencyKey', limits)
  const run: NewRun = {
    jobName: name,
    inputJson: inputJson ?? '',
    idempotencyKey,
    concurrencyKey,
    labels: readLabels(defaults.labels, options.labels, limits),
    readyAt: delay === undefined ? null : now + toMilliseconds(delay, 'delay'),
    originId: null,
  }
  const details = { jobName: name }
  if (!job.input && input !== undefined)
    throw schemaError(job, 'input', [{ message: 'the job takes none' }], details)
  const parsed = validate(job, 'input', input, details)
  return parsed instanceof Promise ? parsed.then(() => run) : run
}

/** Null when there are none. */
function readLabels(defaults: Labels, given: Labels, limits: Limits): NewRun['labels'] {
  if (typeof (given ?? {}) !== 'object') throw optionError('labels', 'an object of texts', given)
  const labels = { ...defaults, ...given }
  const names = Object.keys(labels)
  requireWithin(limits.labels, names.length, 'run', 'limits.labels', 'labels')
  for (const name of names) {
    requireName(name, 'label name', limits)
    if (name === '__proto__') throw optionError('label name', 'another one', name)
    requireName(labels[name], `label ${name}`, limits, 0)
  }
  return names.length > 0 ? labels : null
}
