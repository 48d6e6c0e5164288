import type { StandardSchema } from '../../src/index.ts'

/** A validator of its own making, asynchronous, whose input and output differ. */
export const shoutedName: StandardSchema<{ name: string }, { name: string; shouted: Date }> = {
  '~standard': {
    version: 1,
    vendor: 'hand-written',
    validate: async (value) => ({ value: { name: String(value), shouted: new Date() } }),
  },
}
