import type { StepBody, StepContext } from '@durably/core'
import { expectTypeOf } from 'vitest'

// Where the platform declares an AbortSignal, signals are its own and can be handed to its functions.
expectTypeOf<StepContext['signal']>().toEqualTypeOf<AbortSignal>()
expectTypeOf<StepBody['signal']>().toEqualTypeOf<AbortSignal>()

export const download = (step: StepContext) =>
  step.run('download', async ({ signal }) => {
    const response = await fetch('https://example.com/', { signal })
    return response.status
  })
expectTypeOf<ReturnType<typeof download>>().resolves.toEqualTypeOf<number>()
