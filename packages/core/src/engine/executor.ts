import type { AnyJob } from '../job/job.ts'
import { validate } from '../job/validate.ts'
import { parse, serialize } from '../json.ts'
import type { Claim, Outcome } from '../ports/storage.ts'
import { type SerializedError, serializeError } from '../run/serialized-error.ts'
import type { Attempt } from './attempt.ts'
import { elapsedMs } from './elapsed.ts'
import { ProgressWriter } from './progress-writer.ts'
import { type ExecutionPorts, record } from './record.ts'
import { RunContext } from './run-context.ts'
import { Steps } from './steps.ts'

type Verdict = Extract<Outcome, { status: 'completed' | 'failed' }>

/**
 * Executes one claimed run from its last recorded step to its end. Never rejects.
 *
 * @param free called once, in the turn in which the run's end is submitted: its slot is free, and a claim made now shares the commit
 */
export async function execute(
  claim: Claim,
  job: AnyJob,
  attempt: Attempt,
  ports: ExecutionPorts,
  free: () => void,
): Promise<void> {
  const { storage, bus, clock } = ports
  const { about, generation } = attempt
  const progress = new ProgressWriter(ports, attempt)
  const steps = new Steps(ports, attempt, progress, claim)
  const began = clock.monotonic()
  bus.publish('run:start', () => ({ ...about, generation }))

  const context = new RunContext(attempt, bus, steps, progress)
  const verdict = await judge(claim, job, attempt, ports, context)
  steps.end()
  if (steps.inFlight) await steps.drain()
  if (attempt.interruption) return free()

  const settle = () => {
    progress.flush()
    return storage.settle(attempt, verdict, clock.now())
  }
  const settled = settle()
  free()
  try {
    await record(settle, attempt, ports, settled)
  } catch {
    // The attempt was interrupted, and whoever holds the run now reports its end.
    return
  }
  const durationMs = elapsedMs(clock, began)
  if (verdict.status === 'completed')
    bus.publish('run:complete', () => ({ ...about, output: parse(verdict.outputJson, 'output'), durationMs }))
  else
    bus.publish('run:fail', () => ({
      ...about,
      error: parse(verdict.errorJson, 'error') as SerializedError,
      durationMs,
    }))
}

/** Calls the handler, and decides how the run ends. No promise is made where a schema needs none. */
async function judge(
  { run }: Claim,
  job: AnyJob,
  attempt: Attempt,
  { settings }: ExecutionPorts,
  context: RunContext,
): Promise<Verdict> {
  try {
    // Parsed anew with today's schema.
    const input = validate(job, 'input', parse(run.inputJson || null, 'input'))
    const result = await job.handler(context, (input instanceof Promise ? await input : input) as never)
    const parsed = validate(job, 'output', result)
    const { outputLength, depth } = settings.limits
    const outputJson = serialize(
      parsed instanceof Promise ? await parsed : parsed,
      `output of job "${job.name}"`,
      { maxLength: outputLength, maxDepth: depth, option: 'limits.outputLength' },
    )
    return { status: 'completed', outputJson }
  } catch (thrown) {
    // Whatever is still in flight is told to end; what it has done by then is recorded.
    attempt.abort(thrown)
    return { status: 'failed', errorJson: JSON.stringify(serializeError(thrown)) }
  }
}
