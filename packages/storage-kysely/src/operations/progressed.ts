import { sql } from 'kysely'

/**
 * Has the run of the surrounding statement recorded a completed step under its present generation? Asked when it matters, so
 * that the hot path keeps no counter.
 */
export const progressed = sql<boolean>`EXISTS (
  SELECT 1 FROM durably_steps AS s
  WHERE s.run_id = durably_runs.id AND s.failure = 0 AND s.generation = durably_runs.generation
)`
