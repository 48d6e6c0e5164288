import { expectEqual, expectRejection } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { NOW, newStep } from './workbench.ts'

/** Recording steps and progress. */
export function stepCases(define: DefineCase): void {
  define('a completed step is recorded with every field', async (bench) => {
    const { lease } = await bench.start()
    const step = newStep({
      name: 'fetch',
      digest: 'd',
      position: 3,
      attempt: 2,
      startedAt: NOW + 1,
      outputJson: '[ 1 ]',
    })
    await bench.storage.recordStep(lease, step, NOW + 9)
    const expected = { ...step, ...lease, finishedAt: NOW + 9, forgotten: false }
    expectEqual(await bench.storage.getSteps(lease.runId), [expected], 'the recorded steps')
  })

  define('a failed step is recorded with its error', async (bench) => {
    const { lease } = await bench.start()
    const step = newStep({ status: 'failed', errorJson: '{"message":"no"}' })
    await bench.storage.recordStep(lease, step, NOW)
    const expected = { ...step, ...lease, finishedAt: NOW, forgotten: false }
    expectEqual(await bench.storage.getSteps(lease.runId), [expected], 'the recorded steps')
  })

  define('a step without output is not a step whose output is null', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ name: 'nothing', outputJson: null }), NOW)
    await bench.storage.recordStep(lease, newStep({ name: 'null', position: 1, outputJson: 'null' }), NOW)
    const outputs = (await bench.storage.getSteps(lease.runId)).map((step) => step.outputJson)
    expectEqual(outputs, [null, 'null'], 'the outputs')
  })

  define('steps are listed by position, then attempt, in whichever order they ended', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ name: 'c', position: 2 }), NOW)
    await bench.storage.recordStep(lease, newStep({ name: 'a', status: 'failed', attempt: 1 }), NOW + 1)
    await bench.storage.recordStep(lease, newStep({ name: 'b', position: 1 }), NOW + 2)
    await bench.storage.recordStep(lease, newStep({ name: 'a', status: 'failed', attempt: 2 }), NOW + 3)
    await bench.storage.recordStep(lease, newStep({ name: 'a', attempt: 3 }), NOW + 4)
    const steps = (await bench.storage.getSteps(lease.runId)).map(({ name, attempt }) => `${name}${attempt}`)
    expectEqual(steps, ['a1', 'a2', 'a3', 'b1', 'c1'], 'the recorded steps')
  })

  define('one name under two digests is two steps', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ digest: 'x' }), NOW)
    await bench.storage.recordStep(lease, newStep({ digest: 'y', position: 1 }), NOW)
    const digests = (await bench.storage.getSteps(lease.runId)).map((step) => step.digest)
    expectEqual(digests, ['x', 'y'], 'the digests of the recorded steps')
  })

  define('one name in two runs is two steps', async (bench) => {
    const [one, other] = [await bench.start(), await bench.start()]
    await bench.storage.recordStep(one.lease, newStep({ outputJson: '1' }), NOW)
    await bench.storage.recordStep(other.lease, newStep({ outputJson: '2' }), NOW)
    const outputs = (await bench.storage.getSteps(other.lease.runId)).map((step) => step.outputJson)
    expectEqual(outputs, ['2'], 'the steps of the second run')
  })

  define('a hundred steps recorded at once are all there', async (bench) => {
    const { lease } = await bench.start()
    const positions = Array.from({ length: 100 }, (_, position) => position)
    await Promise.all(
      positions.map((position) =>
        bench.storage.recordStep(lease, newStep({ name: `s${position}`, position }), NOW),
      ),
    )
    const recorded = await bench.storage.getSteps(lease.runId)
    expectEqual(
      recorded.map((step) => step.position),
      positions,
      'the positions',
    )
  })

  define('the first record of a completed step stays, whatever is said later', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ outputJson: '"first"' }), NOW)
    await bench.storage.recordStep(lease, newStep({ outputJson: '"second"' }), NOW + 1)
    const first = await bench.storage.getSteps(run.id)
    expectEqual(
      first.map((step) => step.outputJson),
      ['"first"'],
      'the output after a second record',
    )
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    const again = await bench.take(run)
    await expectRejection(
      bench.storage.recordStep(again.lease, newStep({ outputJson: '"third"' }), NOW + 2),
      'LEASE_LOST',
      'recording a step that an earlier generation completed',
    )
    expectEqual(await bench.storage.getSteps(run.id), first, 'the recorded steps')
  })

  define('a run nobody knows has no steps', async (bench) => {
    expectEqual(await bench.storage.getSteps('absent'), [], 'the steps')
  })

  define('progress is replaced, and kept over attempts', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordProgress(lease, '{"current":1}', NOW)
    await bench.storage.recordProgress(lease, '{"current":2}', NOW)
    expectEqual((await bench.read(run.id)).progressJson, '{"current":2}', 'the progress')
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    expectEqual((await bench.take(run)).run.progressJson, '{"current":2}', 'the progress of the next attempt')
  })
}
