import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  type AnyEvent,
  createDurably,
  type DurablyEvent,
  defineJob,
  type LogWriteEvent,
  type Plugin,
  type RunCompleteEvent,
  type SerializedError,
  type Storage,
  type Unsubscribe,
  type WorkerErrorEvent,
} from '../../src/index.ts'

declare const storage: Storage

const resize = defineJob(
  { name: 'resize', input: z.object({ path: z.string() }), output: z.object({ pixels: z.number() }) },
  async () => ({ pixels: 1 }),
)
const tick = defineJob({ name: 'tick' }, () => 'ticked' as const)
const later = defineJob({ name: 'later', input: z.number() }, () => [true])
const durably = createDurably({ storage, jobs: { resize, tick } })

// By type.
expectTypeOf(durably.on('run:complete', () => undefined)).toEqualTypeOf<Unsubscribe>()
durably.on('run:complete', (event) => {
  expectTypeOf(event.jobName).toEqualTypeOf<'resize' | 'tick'>()
  expectTypeOf(event.output).toEqualTypeOf<{ pixels: number } | 'ticked'>()
  expectTypeOf(event.durationMs).toEqualTypeOf<number>()
  // By job name.
  if (event.jobName === 'resize') expectTypeOf(event.output).toEqualTypeOf<{ pixels: number }>()
  else expectTypeOf(event.output).toEqualTypeOf<'ticked'>()
})
durably.on('run:trigger', (event) => {
  if (event.jobName === 'resize') expectTypeOf(event.input).toEqualTypeOf<{ path: string }>()
})
durably.on('run:fail', (event) => expectTypeOf(event.error).toEqualTypeOf<SerializedError>())
durably.on('worker:error', (event) => expectTypeOf(event).toEqualTypeOf<WorkerErrorEvent>())
durably.on('step:complete', async ({ stepName, index, attempt }) => {
  expectTypeOf([stepName]).toEqualTypeOf<string[]>()
  expectTypeOf([index, attempt]).toEqualTypeOf<number[]>()
})

// The union, by type and by job name.
durably.on('*', (event) => {
  expectTypeOf(event).toEqualTypeOf<DurablyEvent<{ resize: typeof resize; tick: typeof tick }>>()
  expectTypeOf(event.sequence).toEqualTypeOf<number>()
  if (event.type === 'run:complete' && event.jobName === 'tick')
    expectTypeOf(event.output).toEqualTypeOf<'ticked'>()
  if (event.type === 'log:write') expectTypeOf(event.level).toEqualTypeOf<'info' | 'warn' | 'error'>()
  switch (event.type) {
    case 'run:progress':
      expectTypeOf(event.progress.current).toEqualTypeOf<number>()
      break
    case 'run:recover':
      expectTypeOf(event.recoveries).toEqualTypeOf<number>()
      break
    default:
      break
  }
})

// One job, also one registered later.
durably.on('run:complete', later, (event) => {
  expectTypeOf(event.output).toEqualTypeOf<boolean[]>()
  expectTypeOf(event.jobName).toEqualTypeOf<'later'>()
})
durably.on('run:trigger', later, (event) => expectTypeOf(event.input).toEqualTypeOf<number>())

// With the event's type written out.
durably.on<RunCompleteEvent>('run:complete', (event) => expectTypeOf(event.output).toEqualTypeOf<unknown>())
durably.on<LogWriteEvent>('log:write', (event) => expectTypeOf(event.message).toEqualTypeOf<string>())

// An instance without jobs knows names as text and values as unknown.
const untyped = createDurably({ storage })
untyped.on('run:complete', (event) => {
  expectTypeOf(event.jobName).toEqualTypeOf<string>()
  expectTypeOf(event.output).toEqualTypeOf<unknown>()
})
untyped.on('*', (event) => expectTypeOf(event).toEqualTypeOf<AnyEvent>())

// Plugins see every event untyped.
const plugin: Plugin = {
  name: 'plugin',
  setup(host) {
    host.on('run:complete', (event) => expectTypeOf(event.output).toEqualTypeOf<unknown>())
    host.on('*', (event) => expectTypeOf(event).toEqualTypeOf<AnyEvent>())
    // @ts-expect-error Nothing internal is offered.
    host.storage
    return async () => {}
  },
}
durably.use(plugin)

/** Following one run. */
export async function followed(): Promise<void> {
  for await (const event of durably.subscribe('id')) {
    expectTypeOf(event.runId).toEqualTypeOf<string>()
    // @ts-expect-error Events of the worker belong to no run.
    if (event.type === 'worker:start') return
  }
}

// @ts-expect-error There is no such event.
durably.on('run:done', () => undefined)
// @ts-expect-error A completion has no error.
durably.on('run:complete', (event) => event.error)
// @ts-expect-error Events of the worker belong to no job.
durably.on('worker:start', later, () => undefined)
durably.on('*', (event) => {
  // @ts-expect-error No job of this instance has that name.
  if (event.type === 'run:complete' && event.jobName === 'unknown') return
})
// @ts-expect-error An event is read-only.
durably.on('run:complete', (event) => (event.durationMs = 0))
// @ts-expect-error A plugin has a name.
durably.use({ setup: () => undefined })
