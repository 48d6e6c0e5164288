import { expectTypeOf } from 'vitest'
import type { NotRecordable, Progress, Recorded, StepContext } from '../../src/index.ts'

declare const step: StepContext

interface User {
  readonly id: string
  readonly tags: readonly string[]
  readonly address?: { readonly city: string }
}
declare function fetchUsers(): Promise<User[]>

/** What a step makes of what its body returns. */
export async function inferred(): Promise<void> {
  // Synchronous, asynchronous and empty bodies.
  expectTypeOf(await step.run('number', () => 1)).toEqualTypeOf<number>()
  expectTypeOf(await step.run('promise', async () => 'text' as const)).toEqualTypeOf<'text'>()
  expectTypeOf(await step.run('nothing', () => {})).toEqualTypeOf<void>()
  expectTypeOf(await step.run('maybe', () => null as string | null | undefined)).toEqualTypeOf<
    string | null | undefined
  >()

  // Interfaces, arrays, tuples, unions and optional members come back as they are.
  expectTypeOf(await step.run('users', fetchUsers)).toEqualTypeOf<User[]>()
  expectTypeOf(await step.run('tuple', () => [1, 'a'] as [number, string])).toEqualTypeOf<[number, string]>()
  const union = await step.run(
    'union',
    () => ({ ok: true, value: 1 }) as { ok: true; value: number } | { ok: false },
  )
  if (union.ok) expectTypeOf(union.value).toEqualTypeOf<number>()

  // unknown stays unknown, which is what a parsed response often is.
  expectTypeOf(await step.run('unknown', () => JSON.parse('1') as unknown)).toEqualTypeOf<unknown>()

  // A generic helper around a step keeps the type.
  expectTypeOf(await cached('generic', async () => ({ hits: 1 }))).toEqualTypeOf<Recorded<{ hits: number }>>()

  // What a body gets.
  await step.run('body', ({ signal, key, generation, attempt, log }) => {
    expectTypeOf(signal.aborted).toEqualTypeOf<boolean>()
    expectTypeOf(key).toEqualTypeOf<string>()
    expectTypeOf([generation, attempt]).toEqualTypeOf<number[]>()
    log.info('message', { any: 'data' })
  })

  // Parts of the context may be taken out of it.
  const { run, setProgress } = step
  expectTypeOf(await run('taken', () => true)).toEqualTypeOf<boolean>()
  setProgress({ current: 1 })
  setProgress({ current: 1, total: 2, message: 'half' } satisfies Progress)
}

async function cached<T>(name: string, body: () => Promise<T>) {
  return step.run(name, body)
}

/** What JSON cannot carry becomes a type that says so. */
export async function refused(): Promise<void> {
  expectTypeOf(await step.run('date', () => new Date())).toEqualTypeOf<
    NotRecordable<'A Date cannot be recorded: return date.toISOString().'>
  >()
  expectTypeOf(await step.run('bigint', () => 1n)).toEqualTypeOf<
    NotRecordable<'A bigint cannot be recorded: return a string or a number.'>
  >()
  const inside = await step.run('inside', () => ({ byId: new Map<string, number>(), name: 'a' }))
  expectTypeOf(inside.name).toEqualTypeOf<string>()
  // @ts-expect-error A Map did not survive, so there is nothing to look up.
  inside.byId.get('a')

  const dated = await step.run('dated', async () => ({ at: new Date() }))
  // @ts-expect-error A Date did not survive, so it has no methods any more.
  dated.at.getTime()

  const called = await step.run('function', () => ({ callback: () => 1 }))
  // @ts-expect-error A function did not survive.
  called.callback()

  const set: Recorded<Set<number>> = await step.run('set', () => new Set([1]))
  // @ts-expect-error A Set did not survive.
  set.has(1)

  // @ts-expect-error The result of a step that returned a Date is no Date.
  const date: Date = await step.run('assigned', () => new Date())
  void date

  // @ts-expect-error A step needs a body.
  await step.run('no body')
  // @ts-expect-error A name is text.
  await step.run(1, () => 1)
  // @ts-expect-error Progress needs `current`.
  step.setProgress({ total: 3 })
  // @ts-expect-error There is no such level.
  step.log.debug('message')
}

expectTypeOf<Recorded<string>>().toEqualTypeOf<string>()
expectTypeOf<Recorded<readonly [1, 2]>>().toEqualTypeOf<readonly [1, 2]>()
expectTypeOf<Recorded<{ a?: number }>>().toEqualTypeOf<{ a?: number }>()
expectTypeOf<Recorded<Record<string, { n: number }[]>>>().toEqualTypeOf<Record<string, { n: number }[]>>()
