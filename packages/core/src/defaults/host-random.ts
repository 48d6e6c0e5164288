import type { Random } from '../ports/random.ts'

/** The host's own randomness. */
export const hostRandom: Random = () => Math.random()
