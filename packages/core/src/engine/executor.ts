import { DurablyError } from '../errors.ts'
import type { AnyJob } from '../job/job.ts'
import { describeIssues, type Validated, validate } from '../job/schema.ts'
import { parse, serialize } from '../json.ts'
import type { Claim, Outcome } from '../ports/storage.ts'
import type { RunRecord } from '../run/records.ts'
import { toLabels } from '../run/run.ts'
import { type SerializedError, serializeError } from '../run/serialized-error.ts'
import type { Attempt } from './attempt.ts'
import type { Backoff } from './backoff.ts'
import { elapsedMs } from './elapsed.ts'
import type { EnginePorts } from './engine-ports.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { LogSource } from './logger.ts'
import { ProgressWriter } from './progress-writer.ts'
import { recordAgain } from './record.ts'
import { RunContext } from './run-context.ts'
import { Steps } from './steps.ts'

/** What executing a run takes. */
export interface Execution {
  readonly claim: Claim
  readonly job: AnyJob
  readonly attempt: Attempt
  readonly ports: EnginePorts
  readonly keeper: LeaseKeeper
  readonly backoff: Backoff
  /** Called once, in the turn in which the run's end is submitted: its slot is free, and a claim made now shares the commit. */
  readonly free: () => void
}

type Verdict =
  | { readonly outcome: Extract<Outcome, { status: 'completed' }>; readonly output: unknown }
  | { readonly outcome: Extract<Outcome, { status: 'failed' }>; readonly error: SerializedError }

/** Executes one claimed run from its last recorded step to its end. Never rejects. */
export async function execute(execution: Execution): Promise<void> {
  const { claim, attempt, ports, keeper, backoff, free } = execution
  const { bus, clock } = ports
  const { run } = claim
  const source: LogSource = {
    runId: run.id,
    jobName: run.jobName,
    labels: toLabels(run.labelsJson),
    generation: run.generation,
  }
  const progress = new ProgressWriter(ports, attempt, source)
  const steps = new Steps({ engine: ports, keeper, backoff, attempt, source, progress }, claim)
  const began = clock.monotonic()
  bus.publish('run:start', () => source)

  const verdict = await judge(execution, new RunContext(source, attempt, bus, steps, progress), steps)
  if (attempt.interruption) return free()

  const settle = () => ports.storage.settle(attempt, verdict.outcome, clock.now())
  progress.flush()
  const settled = settle()
  free()
  if (!(await isSettled(settled, settle, execution))) return
  const about = { runId: run.id, jobName: run.jobName, labels: source.labels }
  const durationMs = elapsedMs(clock, began)
  if ('error' in verdict) bus.publish('run:fail', () => ({ ...about, error: verdict.error, durationMs }))
  else bus.publish('run:complete', () => ({ ...about, output: verdict.output, durationMs }))
}

/** False: the attempt was interrupted, and whoever holds the run now reports its end. */
async function isSettled(
  settled: Promise<void>,
  again: () => Promise<void>,
  execution: Execution,
): Promise<boolean> {
  try {
    await settled
    return true
  } catch (error) {
    const { attempt, ports, backoff } = execution
    return recordAgain(again, error, attempt, ports, backoff).then(
      () => true,
      () => false,
    )
  }
}

/** Calls the handler, waits for the steps it started, and decides how the run ends. */
async function judge(execution: Execution, context: RunContext, steps: Steps): Promise<Verdict> {
  const { job, claim, attempt, ports } = execution
  let verdict: Verdict
  try {
    const input = readInput(job, claim.run)
    const result = await job.handler(context, (input instanceof Promise ? await input : input) as never)
    const judged = toVerdict(job, result, ports)
    verdict = judged instanceof Promise ? await judged : judged
  } catch (error) {
    // Whatever is still in flight is told to end; what it has done by then is recorded.
    attempt.abort(error)
    const failure = serializeError(error)
    verdict = { outcome: { status: 'failed', errorJson: JSON.stringify(failure) }, error: failure }
  }
  steps.end()
  if (steps.inFlight) await steps.drain()
  return verdict
}

/** The input, parsed anew with today's schema. No promise where the schema needs none: this is the path of every run. */
function readInput(job: AnyJob, run: RunRecord): unknown {
  const sent = parse(run.inputJson === '' ? null : run.inputJson, 'input')
  if (!job.input) return sent
  const parsed = validate(job.input, sent)
  return parsed instanceof Promise
    ? parsed.then((late) => acceptInput(job, run, late))
    : acceptInput(job, run, parsed)
}

function acceptInput(job: AnyJob, run: RunRecord, parsed: Validated): unknown {
  if (parsed.ok) return parsed.value
  throw new DurablyError(
    'INPUT_INVALID',
    `The stored input of run ${run.id} does not fit the schema of job "${job.name}" any more: ${describeIssues(parsed.issues)}`,
    { details: { issues: parsed.issues } },
  )
}

function toVerdict(job: AnyJob, result: unknown, ports: EnginePorts): Verdict | Promise<Verdict> {
  if (!job.output) return completed(job, result, ports)
  const parsed = validate(job.output, result)
  if (parsed instanceof Promise) return parsed.then((late) => completed(job, acceptOutput(job, late), ports))
  return completed(job, acceptOutput(job, parsed), ports)
}

function acceptOutput(job: AnyJob, parsed: Validated): unknown {
  if (parsed.ok) return parsed.value
  throw new DurablyError(
    'OUTPUT_INVALID',
    `The output of job "${job.name}" does not fit its schema: ${describeIssues(parsed.issues)}`,
    { details: { issues: parsed.issues } },
  )
}

function completed(job: AnyJob, output: unknown, ports: EnginePorts): Verdict {
  const { outputLength, depth } = ports.settings.limits
  const outputJson = serialize(output, `output of job "${job.name}"`, {
    maxLength: outputLength,
    maxDepth: depth,
  })
  return { outcome: { status: 'completed', outputJson }, output: parse(outputJson, 'output') }
}
