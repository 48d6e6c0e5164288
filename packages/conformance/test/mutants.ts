import type { Lease, RunRecord, StepRecord, Storage } from '@durably/core'
import type { MemoryDatabase } from '@durably/core/testing'

/** A way to break a storage: the verbs it replaces. */
export interface Mutant {
  readonly mistake: string
  /** True: no random sequence can show it, since sequences do not do what it takes. */
  readonly outsideModel?: boolean
  readonly break: (storage: Storage, database: MemoryDatabase) => Partial<Storage>
}

/** Mistakes that storages make, each of which a suite has to notice. */
export const MUTANTS: readonly Mutant[] = [
  {
    mistake: 'forgets idempotency keys',
    break: (storage) => ({
      enqueue: (runs, now) =>
        storage.enqueue(
          runs.map((run) => ({ ...run, idempotencyKey: null })),
          now,
        ),
    }),
  },
  {
    mistake: 'shares idempotency keys among jobs',
    break: (storage, database) => ({
      async enqueue(runs, now) {
        const answers = await storage.enqueue(runs, now)
        return answers.map((answer) => {
          const first = all(database).find((run) => run.idempotencyKey === answer.run.idempotencyKey)
          const shared = first && answer.run.idempotencyKey !== null && first.id !== answer.run.id
          return shared ? { run: first, created: false } : answer
        })
      },
    }),
  },
  {
    mistake: 'reformats JSON',
    outsideModel: true,
    break: (storage) => ({
      enqueue: (runs, now) =>
        storage.enqueue(
          runs.map((run) => ({ ...run, inputJson: JSON.stringify(JSON.parse(run.inputJson)) })),
          now,
        ),
    }),
  },
  {
    mistake: 'starts delayed runs at once',
    break: (storage) => ({
      enqueue: (runs, now) =>
        storage.enqueue(
          runs.map((run) => ({ ...run, readyAt: null })),
          now,
        ),
    }),
  },
  {
    mistake: 'takes other runs when a claim is repeated',
    break(storage) {
      let claims = 0
      return {
        claim(request) {
          claims += 1
          return storage.claim({ ...request, claimId: `${request.claimId} ${claims}` })
        },
      }
    },
  },
  {
    mistake: 'serves one job after the other instead of the oldest run first',
    break: (storage) => ({
      async claim(request) {
        for (const jobName of request.jobNames.slice(0, -1))
          await storage.claim({ ...request, jobNames: [jobName] })
        return storage.claim(request)
      },
    }),
  },
  {
    mistake: 'claims the newest first',
    break: (storage, database) => ({
      async claim(request) {
        const newestFirst = [...database.runs].toReversed()
        database.runs.clear()
        for (const [id, run] of newestFirst) database.runs.set(id, run)
        const claims = await storage.claim(request)
        database.runs.clear()
        for (const [id, run] of newestFirst.toReversed()) database.runs.set(id, run)
        return claims
      },
    }),
  },
  {
    mistake: 'asks the limit too early',
    outsideModel: true,
    break: (storage) => ({
      claim(request) {
        const limit = request.limit()
        return storage.claim({ ...request, limit: () => limit })
      },
    }),
  },
  {
    mistake: 'hands steps out in the order they were recorded',
    break: (storage, database) => ({
      claim: async (request) =>
        (await storage.claim(request)).map(({ run }) => ({
          run,
          steps: database.runs.get(run.id)?.steps ?? [],
        })),
    }),
  },
  {
    mistake: 'lets runs of one key overlap',
    break: (storage, database) => ({
      async claim(request) {
        const keys = new Map(all(database).map((run) => [run.id, run.concurrencyKey]))
        for (const run of all(database)) replace(database, run.id, { concurrencyKey: null })
        const claims = await storage.claim(request)
        for (const [id, concurrencyKey] of keys) replace(database, id, { concurrencyKey })
        return claims.map(({ run, steps }) => ({ run: database.runs.get(run.id)?.record ?? run, steps }))
      },
    }),
  },
  {
    mistake: 'takes over leases that have not ended',
    break: (storage) => ({ recover: (request) => storage.recover({ ...request, exclusive: true }) }),
  },
  {
    mistake: 'never gives up on a run',
    break: (storage) => ({
      recover: (request) => storage.recover({ ...request, maxRecoveries: Number.POSITIVE_INFINITY }),
    }),
  },
  {
    mistake: 'counts recoveries over progress',
    break: (storage, database) => ({
      async recover(request) {
        const steps = new Map([...database.runs].map(([id, run]) => [id, run.steps]))
        for (const run of database.runs.values()) run.steps = []
        const { claims, poisoned } = await storage.recover(request)
        for (const [id, run] of database.runs) run.steps = steps.get(id) ?? []
        return { claims: claims.map(({ run }) => ({ run, steps: steps.get(run.id) ?? [] })), poisoned }
      },
    }),
  },
  {
    mistake: 'renews what is lost',
    break: (storage) => ({
      async renew(leases, now, leaseMs) {
        await storage.renew(leases, now, leaseMs)
        return leases
      },
    }),
  },
  {
    mistake: 'wakes nobody',
    break: () => ({ wake: async () => undefined }),
  },
  {
    mistake: 'wakes everybody',
    break: (storage) => ({ wake: (jobNames) => storage.wake(jobNames, Number.MAX_SAFE_INTEGER) }),
  },
  {
    mistake: 'records steps without looking at the generation',
    break: (storage, database) => ({
      recordStep: (lease, step, now) => storage.recordStep(current(database, lease), step, now),
    }),
  },
  {
    mistake: 'records steps of cancelled runs',
    break: (storage, database) => ({
      async recordStep(lease, step, now) {
        const run = database.runs.get(lease.runId)
        if (run?.record.status !== 'cancelled') return storage.recordStep(lease, step, now)
        run.steps = [...run.steps, { ...step, ...lease, finishedAt: now, forgotten: false }]
      },
    }),
  },
  {
    mistake: 'overwrites a recorded step',
    break: (storage, database) => ({
      async recordStep(lease, step, now) {
        await storage.recordStep(lease, step, now)
        const run = database.runs.get(lease.runId)
        if (run)
          run.steps = run.steps.map((known) => (known.name === step.name ? { ...known, ...step } : known))
      },
    }),
  },
  {
    mistake: 'replaces progress without looking at the generation',
    break: (storage, database) => ({
      recordProgress: (lease, progress, now) =>
        storage.recordProgress(current(database, lease), progress, now),
    }),
  },
  {
    mistake: 'settles without looking at the generation',
    break: (storage, database) => ({
      settle: (lease, outcome, now) => storage.settle(current(database, lease), outcome, now),
    }),
  },
  {
    mistake: 'refuses a repeated settle',
    break(storage) {
      const settled = new Set<string>()
      return {
        async settle(lease, outcome, now) {
          const attempt = `${lease.runId} ${lease.generation}`
          await storage.settle(settled.has(attempt) ? { ...lease, generation: -1 } : lease, outcome, now)
          settled.add(attempt)
        },
      }
    },
  },
  {
    mistake: 'cancels without a new generation',
    break: (storage, database) => ({
      async cancel(runId, now) {
        const before = database.runs.get(runId)?.record.generation ?? 0
        const answer = await storage.cancel(runId, now)
        return { ...answer, run: replace(database, runId, { generation: before }) }
      },
    }),
  },
  {
    mistake: 'forgets completed steps at a retry',
    break: (storage, database) => ({
      async retry(runId, now) {
        const answer = await storage.retry(runId, now)
        const run = database.runs.get(runId)
        if (run && answer.changed) run.steps = []
        return answer
      },
    }),
  },
  {
    mistake: 'keeps failures at a retry',
    break: (storage, database) => ({
      async retry(runId, now) {
        const answer = await storage.retry(runId, now)
        const run = database.runs.get(runId)
        if (run) run.steps = run.steps.map((step) => ({ ...step, forgotten: false }))
        return answer
      },
    }),
  },
  {
    mistake: 'removes runs that have not ended',
    break: (_, database) => ({
      async remove(runId) {
        const run = database.runs.get(runId)?.record ?? null
        return { changed: database.runs.delete(runId), run }
      },
    }),
  },
  {
    mistake: 'purges young runs',
    break: (storage) => ({
      purge: (request) => storage.purge({ ...request, finishedBefore: Number.MAX_SAFE_INTEGER }),
    }),
  },
  {
    mistake: 'leaves the steps of purged runs behind',
    break(storage) {
      const left = new Map<string, readonly StepRecord[]>()
      return {
        async getSteps(runId) {
          const steps = await storage.getSteps(runId)
          if (steps.length > 0) left.set(runId, steps)
          return left.get(runId) ?? []
        },
        async recordStep(lease, step, now) {
          await storage.recordStep(lease, step, now)
          left.set(lease.runId, await storage.getSteps(lease.runId))
        },
      }
    },
  },
  {
    mistake: 'stores log lines of lost attempts',
    break: (storage, database) => ({
      appendLogs: (entries) =>
        storage.appendLogs(entries.map((entry) => ({ ...entry, ...current(database, entry) }))),
    }),
  },
  {
    mistake: 'drops the last log lines',
    break: (storage, database) => ({
      appendLogs: (entries) =>
        storage.appendLogs(
          entries.filter(({ runId }) => database.runs.get(runId)?.record.status === 'running'),
        ),
    }),
  },
  {
    mistake: 'lists the oldest first',
    break: (storage) => ({ getRuns: async (filter) => (await storage.getRuns(filter)).toReversed() }),
  },
  {
    mistake: 'shows the run of the cursor again',
    outsideModel: true,
    break: (storage) => ({
      getRuns: (filter) =>
        storage.getRuns({ ...filter, cursor: filter.cursor === null ? null : `${filter.cursor}~` }),
    }),
  },
  {
    mistake: 'matches any label instead of all',
    outsideModel: true,
    break: (storage) => ({
      getRuns(filter) {
        const [first] = Object.entries(filter.labels ?? {})
        return storage.getRuns({ ...filter, labels: first ? Object.fromEntries([first]) : null })
      },
    }),
  },
  {
    mistake: 'works without tables',
    outsideModel: true,
    break: (storage) => ({
      async getRun(runId) {
        await storage.migrate()
        return storage.getRun(runId)
      },
    }),
  },
  {
    mistake: 'works after close',
    outsideModel: true,
    break: () => ({ close: async () => undefined }),
  },
]

function all(database: MemoryDatabase): readonly RunRecord[] {
  return [...database.runs.values()].map((run) => run.record)
}

function replace(database: MemoryDatabase, runId: string, changes: Partial<RunRecord>): RunRecord | null {
  const run = database.runs.get(runId)
  if (!run) return null
  run.record = { ...run.record, ...changes }
  return run.record
}

function current(database: MemoryDatabase, { runId, generation }: Lease): Lease {
  return { runId, generation: database.runs.get(runId)?.record.generation ?? generation }
}
