import type { JournalLine } from '../journal.ts'
import type { Evidence, RunEvidence, StepEvidence } from './evidence.ts'

/** What the evidence says. Each list names what breaks a promise; all of them are empty when the promises hold. */
export interface Verdict {
  readonly acknowledged: number
  readonly bodies: number
  /** Acknowledged runs that are gone, or have not come to the end they should have come to. */
  readonly lost: readonly string[]
  /** Bodies that were called although their step had been recorded in an earlier attempt, or twice in one attempt. */
  readonly executedAgain: readonly string[]
  /** Steps that answered different values at different times, or something that is not what is stored. */
  readonly changed: readonly string[]
  /** Records of an attempt that never called the body. */
  readonly invented: readonly string[]
  /** Batches of which only a part is there. */
  readonly torn: readonly string[]
  /** Idempotency keys that answered more than one run. */
  readonly doubled: readonly string[]
  /** Keyed runs that overtook an older one of their job and key. */
  readonly overtaken: readonly string[]
  readonly integrity: string
}

/** Judges a database on which nothing is in progress any more. */
export function judge(evidence: Evidence, batchSize: number): Verdict {
  const { runs, lines, integrity } = evidence
  const acknowledged = linesOf(lines, 'acknowledged')
  return {
    acknowledged: new Set(acknowledged.map(({ runId }) => runId)).size,
    bodies: linesOf(lines, 'begin').length,
    lost: [...findLost(runs, new Set(acknowledged.map(({ runId }) => runId)))],
    ...judgeSteps(evidence),
    torn: findTorn(runs, batchSize),
    doubled: findDoubled(acknowledged),
    overtaken: findOvertaken(runs, lines),
    integrity,
  }
}

/** Everything in a verdict that breaks a promise, one sentence each. */
export function violations(verdict: Verdict): readonly string[] {
  const { lost, executedAgain, changed, invented, torn, doubled, overtaken, integrity } = verdict
  return [
    ...lost.map((what) => `lost: ${what}`),
    ...executedAgain.map((what) => `executed again: ${what}`),
    ...changed.map((what) => `changed: ${what}`),
    ...invented.map((what) => `recorded without a body: ${what}`),
    ...torn.map((what) => `torn batch: ${what}`),
    ...doubled.map((what) => `doubled: ${what}`),
    ...overtaken.map((what) => `overtaken: ${what}`),
    ...(integrity === 'ok' ? [] : [`integrity: ${integrity}`]),
  ]
}

type LineOf<Kind extends JournalLine['kind']> = Extract<JournalLine, { kind: Kind }>

/** The lines of one kind. */
export function linesOf<Kind extends JournalLine['kind']>(
  lines: readonly JournalLine[],
  kind: Kind,
): readonly LineOf<Kind>[] {
  return lines.filter((line): line is LineOf<Kind> => line.kind === kind)
}

/** Runs that were stored without being acknowledged (their producer was killed first) must come to their end as well. */
function* findLost(runs: readonly RunEvidence[], acknowledged: ReadonlySet<string>): Generator<string> {
  const present = new Set(runs.map(({ id }) => id))
  for (const runId of acknowledged) if (!present.has(runId)) yield `${runId} was acknowledged and is gone`
  for (const { id, job_name, status, error } of runs) {
    const wanted = job_name === 'failing' ? 'failed' : 'completed'
    if (status !== wanted) yield `${id} of ${job_name} is ${status} and should be ${wanted} ${error ?? ''}`
    else if (wanted === 'failed' && !error?.includes('on purpose')) yield `${id} failed for ${error}`
  }
}

function judgeSteps({ steps, lines }: Evidence): Pick<Verdict, 'executedAgain' | 'changed' | 'invented'> {
  const records = new Map(steps.map((step) => [`${step.run_id} ${step.name}`, step]))
  const executedAgain: string[] = []
  const changed: string[] = []
  const begun = new Set<string>()

  // An answer is a record that the engine vouched for: it may not disappear, nor be measured only by what is stored at the end.
  const recordedIn = new Map([...records].map(([key, { generation }]) => [key, generation]))
  for (const { runId, step, generation, value } of linesOf(lines, 'result')) {
    const key = `${runId} ${step}`
    recordedIn.set(key, Math.min(generation, recordedIn.get(key) ?? generation))
    const stored = answerOf(records.get(key))
    if (stored !== value) changed.push(`${key} answered ${value} and holds ${stored}`)
  }
  for (const { runId, step, generation } of linesOf(lines, 'begin')) {
    const key = `${runId} ${step}`
    const recorded = recordedIn.get(key)
    if (recorded !== undefined && generation > recorded) {
      executedAgain.push(`${key} in attempt ${generation}, recorded in attempt ${recorded}`)
    }
    const once = `${key} ${generation}`
    if (begun.has(once)) executedAgain.push(`${key} twice in attempt ${generation}`)
    begun.add(once)
  }
  const invented = [...records]
    .filter(([key, { generation }]) => !begun.has(`${key} ${generation}`))
    .map(([key, { generation }]) => `${key} in attempt ${generation}`)
  return { executedAgain, changed, invented }
}

/** What a step answers according to the database: its output, or the message of its error. */
function answerOf(step: StepEvidence | undefined): string | undefined {
  if (step === undefined) return undefined
  return step.error === null ? JSON.parse(step.output ?? 'null') : JSON.parse(step.error).message
}

function findTorn(runs: readonly RunEvidence[], batchSize: number): readonly string[] {
  const sizes = new Map<string, number>()
  for (const { labels } of runs) {
    const batch: string | undefined = JSON.parse(labels ?? '{}').batch
    if (batch !== undefined) sizes.set(batch, (sizes.get(batch) ?? 0) + 1)
  }
  return [...sizes]
    .filter(([, size]) => size !== batchSize)
    .map(([batch, size]) => `${batch}: ${size} of ${batchSize}`)
}

function findDoubled(acknowledged: readonly LineOf<'acknowledged'>[]): readonly string[] {
  const answers = new Map<string, Set<string>>()
  for (const { idempotencyKey, runId } of acknowledged) {
    if (idempotencyKey === null) continue
    answers.set(idempotencyKey, (answers.get(idempotencyKey) ?? new Set()).add(runId))
  }
  return [...answers]
    .filter(([, runIds]) => runIds.size > 1)
    .map(([key, runIds]) => `${key}: ${[...runIds].join(', ')}`)
}

/** Runs of a job and key begin in the order of their ids: a later one can only be taken once the earlier ones have ended. */
function findOvertaken(runs: readonly RunEvidence[], lines: readonly JournalLine[]): readonly string[] {
  const lineOfRun = new Map(
    runs.flatMap(({ id, job_name, concurrency_key }) =>
      concurrency_key === null ? [] : [[id, `${job_name} ${concurrency_key}`] as const],
    ),
  )
  const begun = new Set<string>()
  const newest = new Map<string, string>()
  const overtaken: string[] = []
  for (const { runId } of linesOf(lines, 'begin')) {
    const line = lineOfRun.get(runId)
    if (line === undefined || begun.has(runId)) continue
    begun.add(runId)
    const before = newest.get(line) ?? ''
    if (runId < before) overtaken.push(`${runId} began after ${before} in the line of ${line}`)
    else newest.set(line, runId)
  }
  return overtaken
}
