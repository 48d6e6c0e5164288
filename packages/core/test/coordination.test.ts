import { type Coordination, createDurably, defineJob, type Leader, type Plugin } from '@durably/core'
import { memoryStorage, recordEvents, virtualTime } from '@durably/core/testing'
import { expect, test } from 'vitest'

/** Instances on one database of which one leads, with the switch in the hands of the test. */
function tabs() {
  const leaders = new Map<string, Leader>()
  const listeners = new Map<string, (message: unknown, origin: string) => void>()
  let leading: string | null = null
  return {
    coordination: (name: string): Coordination => ({
      campaign(leader) {
        leaders.set(name, leader)
        if (leading === name) leader.begin(true)
        return () => leaders.delete(name)
      },
      broadcast(message) {
        for (const [other, listener] of listeners) {
          if (other !== name) listener(JSON.parse(JSON.stringify(message)), name)
        }
      },
      hasAudience: () => listeners.size > 1,
      onMessage(listener) {
        listeners.set(name, listener)
        return () => listeners.delete(name)
      },
    }),
    lead(name: string) {
      if (leading !== null) leaders.get(leading)?.end()
      leading = name
      leaders.get(name)?.begin(true)
    },
  }
}

const bodies: string[] = []
const twoSteps = defineJob({ name: 'two-steps' }, async (step) => {
  await step.run('one', () => void bodies.push(`one ${step.generation}`))
  await step.run('two', ({ signal }) => {
    bodies.push(`two ${step.generation}`)
    if (step.generation > 1) return 'done'
    return new Promise<string>((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('aborted'))),
    )
  })
})

async function boot(plugins: readonly Plugin[] = []) {
  bodies.length = 0
  const time = virtualTime()
  const database = memoryStorage()
  const election = tabs()
  const open = (name: string) =>
    createDurably({
      storage: { ...time.wrap(database), coordination: election.coordination(name) },
      jobs: { twoSteps },
      plugins,
      clock: time.clock,
      scheduler: time.scheduler,
      random: time.random,
    })
  const [left, right] = [open('left'), open('right')]
  await left.migrate()
  left.start()
  right.start()
  return { time, election, left, right }
}

test('only the leader executes runs, whoever triggers them', async () => {
  const { time, election, left, right } = await boot()
  await right.jobs.twoSteps.trigger()
  await time.advance(5_000)
  expect(bodies).toEqual([])
  election.lead('left')
  await time.advance(0)
  expect(bodies).toEqual(['one 1', 'two 1'])
  await Promise.all([left.stop({ timeout: 0 }), right.stop({ timeout: 0 }), time.advance(2_000)])
})

test('a new leader continues the runs of the old one at once, and the old one records nothing more', async () => {
  const { time, election, left, right } = await boot()
  election.lead('left')
  const run = await left.jobs.twoSteps.trigger()
  await time.advance(0)
  election.lead('right')
  await time.advance(0)
  expect(bodies).toEqual(['one 1', 'two 1', 'two 2'])
  expect(await right.getRun(run.id)).toMatchObject({ status: 'completed', generation: 2 })
  expect((await right.getSteps(run.id)).map((step) => [step.name, step.status, step.generation])).toEqual([
    ['one', 'completed', 1],
    ['two', 'completed', 2],
  ])
  await Promise.all([left.stop(), right.stop()])
})

test('every instance sees every event of a run, with its origin and numbered without gaps', async () => {
  const { time, election, left, right } = await boot()
  const seen = recordEvents(right)
  election.lead('left')
  const run = await right.jobs.twoSteps.trigger()
  await time.advance(0)
  const about = seen.filter((event) => 'runId' in event && event.runId === run.id)
  expect(about.map((event) => [event.type, event.origin])).toEqual([
    ['run:trigger', undefined],
    ['run:start', 'left'],
    ['step:start', 'left'],
    ['step:complete', 'left'],
    ['step:start', 'left'],
  ])
  expect(seen.map((event) => event.sequence)).toEqual(
    seen.map((_, index) => (seen[0]?.sequence ?? 0) + index),
  )
  await Promise.all([left.stop({ timeout: 0 }), right.stop({ timeout: 0 }), time.advance(2_000)])
})

test('a run cancelled from another instance is aborted at once where it is executed', async () => {
  const { time, election, left, right } = await boot()
  election.lead('left')
  const run = await left.jobs.twoSteps.trigger()
  await time.advance(0)
  await right.cancel(run.id)
  await time.advance(0)
  await left.stop()
  expect(await left.getRun(run.id)).toMatchObject({ status: 'cancelled' })
  expect((await left.getSteps(run.id)).map((step) => step.name)).toEqual(['one'])
  await right.stop()
})

test('plugins see the events of their own instance only', async () => {
  const seen: string[] = []
  const plugin: Plugin = {
    name: 'witness',
    setup: (host) => void host.on('run:start', (event) => seen.push(event.runId)),
  }
  const { time, election, left, right } = await boot([plugin])
  election.lead('left')
  const run = await right.jobs.twoSteps.trigger()
  await time.advance(0)
  expect(seen).toEqual([run.id])
  await Promise.all([left.stop({ timeout: 0 }), right.stop({ timeout: 0 }), time.advance(2_000)])
})

test('an instance that is stopping does not begin to lead', async () => {
  const { time, election, left, right } = await boot()
  const executed = await left.jobs.twoSteps.trigger()
  const waiting = await left.jobs.twoSteps.trigger()
  const pass = left.processOne()
  await time.settle()
  const stopped = left.stop()
  election.lead('left')
  await time.settle()
  expect(bodies).toEqual(['one 1', 'two 1'])
  await left.cancel(executed.id)
  await Promise.all([pass, stopped, right.stop()])
  expect(await left.getRun(waiting.id)).toMatchObject({ status: 'pending', generation: 0 })
})
