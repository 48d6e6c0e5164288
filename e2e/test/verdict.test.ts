import { describe, expect, it } from 'vitest'
import type { Evidence, RunEvidence, StepEvidence } from '../src/evidence/evidence.ts'
import { judge, violations } from '../src/evidence/verdict.ts'
import type { JournalLine } from '../src/journal.ts'

const BATCH_SIZE = 2

const run = (id: string, more: Partial<RunEvidence> = {}): RunEvidence => ({
  id,
  job_name: 'chain',
  status: 'completed',
  idempotency_key: null,
  concurrency_key: null,
  labels: null,
  output: '{}',
  error: null,
  ...more,
})
const record = (runId: string, generation: number, value: string): StepEvidence => ({
  run_id: runId,
  name: 'step-0',
  generation,
  output: JSON.stringify(value),
  error: null,
})
const acknowledged = (runId: string, idempotencyKey: string | null = null): JournalLine => ({
  kind: 'acknowledged',
  runId,
  idempotencyKey,
})
const begin = (runId: string, generation: number): JournalLine => ({
  kind: 'begin',
  runId,
  step: 'step-0',
  generation,
})
const result = (runId: string, generation: number, value: string): JournalLine => ({
  kind: 'result',
  runId,
  step: 'step-0',
  generation,
  value,
})

function found(evidence: Partial<Evidence>): readonly string[] {
  return violations(judge({ runs: [], steps: [], integrity: 'ok', lines: [], ...evidence }, BATCH_SIZE))
}

describe('the verdict', () => {
  it('is clean when a body was interrupted, repeated, recorded once and replayed', () => {
    expect(
      found({
        runs: [run('a')],
        steps: [record('a', 2, 'x')],
        lines: [acknowledged('a'), begin('a', 1), begin('a', 2), result('a', 2, 'x'), result('a', 3, 'x')],
      }),
    ).toEqual([])
  })

  it('finds an acknowledged run that is gone', () => {
    expect(found({ lines: [acknowledged('a')] })).toEqual(['lost: a was acknowledged and is gone'])
  })

  it('finds runs that did not end as their job ends', () => {
    const failed = run('b', { status: 'failed', error: '{"message":"the lease was lost"}' })
    const other = run('c', { status: 'failed', job_name: 'failing', error: '{"message":"busy"}' })
    const right = run('d', { status: 'failed', job_name: 'failing', error: '{"message":"on purpose"}' })
    expect(found({ runs: [run('a', { status: 'running' }), failed, other, right] })).toHaveLength(3)
  })

  it('finds a body that was called after its step had been recorded', () => {
    const evidence = { runs: [run('a')], steps: [record('a', 1, 'x')], lines: [begin('a', 1), begin('a', 2)] }
    expect(found(evidence)).toEqual(['executed again: a step-0 in attempt 2, recorded in attempt 1'])
  })

  it('finds it also when the first record was replaced by the second', () => {
    const lines = [begin('a', 1), result('a', 1, 'x'), begin('a', 2), result('a', 2, 'y')]
    expect(found({ runs: [run('a')], steps: [record('a', 2, 'y')], lines })).toEqual([
      'executed again: a step-0 in attempt 2, recorded in attempt 1',
      'changed: a step-0 answered x and holds y',
    ])
  })

  it('finds a body that was called twice in one attempt', () => {
    const evidence = { runs: [run('a')], steps: [record('a', 1, 'x')], lines: [begin('a', 1), begin('a', 1)] }
    expect(found(evidence)).toEqual(['executed again: a step-0 twice in attempt 1'])
  })

  it('finds a record without a body, and an answer without a record', () => {
    expect(found({ runs: [run('a')], steps: [record('a', 1, 'x')] })).toHaveLength(1)
    expect(found({ runs: [run('a')], lines: [begin('a', 1), result('a', 1, 'x')] })).toHaveLength(1)
  })

  it('finds a batch of which only a part is there', () => {
    const labels = '{"batch":"one"}'
    expect(found({ runs: [run('a', { labels }), run('b', { labels })] })).toEqual([])
    expect(found({ runs: [run('a', { labels })] })).toEqual(['torn batch: one: 1 of 2'])
  })

  it('finds an idempotency key that answered two runs', () => {
    const lines = [acknowledged('a', 'key'), acknowledged('b', 'key')]
    expect(found({ runs: [run('a'), run('b')], lines })).toEqual(['doubled: key: a, b'])
  })

  it('finds a run that overtook an older one of its key', () => {
    const runs = [run('a', { concurrency_key: 'key' }), run('b', { concurrency_key: 'key' })]
    expect(found({ runs, lines: [begin('a', 1), begin('b', 1), begin('a', 2)] })).toEqual([])
    expect(found({ runs, lines: [begin('b', 1), begin('a', 1)] })).toHaveLength(1)
  })

  it('finds a damaged file', () => {
    expect(found({ integrity: 'row 1 missing from index' })).toEqual(['integrity: row 1 missing from index'])
  })
})
