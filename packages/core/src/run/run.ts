import type { RunRef } from '../ports/storage.ts'
import { isoOrNull, toIso } from './iso-time.ts'
import type { RunStatus } from './lifecycle.ts'
import type { Progress } from './progress.ts'
import type { RunRecord, StepRecord } from './records.ts'
import type { SerializedError } from './serialized-error.ts'

/** One execution of a job, as the application sees it. Times are ISO 8601, what is absent is `null`. */
export interface Run<Name extends string = string, Input = unknown, Output = unknown> {
  readonly id: string
  readonly jobName: Name
  readonly status: RunStatus
  /** As it was sent. */
  readonly input: Input
  readonly output: Output | null
  readonly error: SerializedError | null
  readonly progress: Progress | null
  readonly labels: Readonly<Record<string, string>>
  readonly idempotencyKey: string | null
  readonly concurrencyKey: string | null
  /** How often a worker took this run, took it over, or its lease was revoked. */
  readonly generation: number
  /** The run this one was retriggered from. */
  readonly originId: string | null
  readonly createdAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
  /** When a delayed or sleeping run is due. */
  readonly dueAt: string | null
  /** While it is running: when its lease ends unless its worker renews it, and another worker may take it over. */
  readonly leaseEndsAt: string | null
  /** Names of the fields whose stored value could not be read and is shown as `null`; usually empty. */
  readonly damaged: readonly string[]
}

/** A recorded step, as the application sees it. */
export interface Step {
  readonly runId: string
  readonly name: string
  /** 0 for the first step started in the run. */
  readonly index: number
  readonly status: 'completed' | 'failed'
  readonly output: unknown
  readonly error: SerializedError | null
  readonly attempt: number
  /** The generation of the run that recorded it. */
  readonly generation: number
  /** A failure from before a retry: kept for the record, no longer in force. */
  readonly forgotten: boolean
  readonly startedAt: string
  readonly finishedAt: string
  readonly damaged: readonly string[]
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})

/** What every event about a run says of it. */
export interface RunAbout {
  readonly runId: string
  readonly jobName: string
  readonly labels: Readonly<Record<string, string>>
}

/** What events say of a stored run; labels that cannot be read are none. */
export function aboutRun({ id, jobName, labelsJson }: RunRef): RunAbout {
  return { runId: id, jobName, labels: readLabels(labelsJson, []) }
}

/** The public shape of a stored run. Never throws: what is unreadable is `null` and named in `damaged`. */
export function toRun(record: RunRecord): Run {
  const damaged: string[] = []
  return {
    id: record.id,
    jobName: record.jobName,
    status: record.status,
    input: record.inputJson === '' ? undefined : readField('input', record.inputJson, damaged),
    output: readField('output', record.outputJson, damaged),
    error: readField('error', record.errorJson, damaged) as SerializedError | null,
    progress: readField('progress', record.progressJson, damaged) as Progress | null,
    labels: readLabels(record.labelsJson, damaged),
    idempotencyKey: record.idempotencyKey,
    concurrencyKey: record.concurrencyKey,
    generation: record.generation,
    originId: record.originId,
    createdAt: toIso(record.createdAt),
    startedAt: isoOrNull(record.startedAt),
    finishedAt: isoOrNull(record.finishedAt),
    dueAt: isoOrNull(record.dueAt),
    leaseEndsAt: isoOrNull(record.leaseEndsAt),
    damaged,
  }
}

/** The public shape of a stored step. Never throws. */
export function toStep(record: StepRecord): Step {
  const damaged: string[] = []
  return {
    runId: record.runId,
    name: record.name,
    index: record.position,
    status: record.status,
    output: record.outputJson === null ? undefined : readField('output', record.outputJson, damaged),
    error: readField('error', record.errorJson, damaged) as SerializedError | null,
    attempt: record.attempt,
    generation: record.generation,
    forgotten: record.forgotten,
    startedAt: toIso(record.startedAt),
    finishedAt: toIso(record.finishedAt),
    damaged,
  }
}

/** A JSON field of a row; one that cannot be read is `null`, and named instead of thrown. */
function readField(field: string, text: string | null, damaged: string[]): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    damaged.push(field)
    return null
  }
}

function readLabels(text: string | null, damaged: string[]): Readonly<Record<string, string>> {
  return (readField('labels', text, damaged) as Record<string, string> | null) ?? NO_LABELS
}
