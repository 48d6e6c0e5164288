import type { StandardSchema } from '@durably/core'
import type { Task } from './source.ts'

/** Any library that speaks Standard Schema would do (zod, valibot, arktype); for three fields none is needed. */
export const taskSchema: StandardSchema<Task> = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate(value) {
      const { source, paceMs } = Object(value) as Partial<Task>
      if (typeof source?.hash !== 'string' || typeof source.name !== 'string')
        return { issues: [{ message: 'must name a file', path: ['source'] }] }
      if (typeof paceMs !== 'number') return { issues: [{ message: 'must be a number', path: ['paceMs'] }] }
      return { value: value as Task }
    },
  },
}
