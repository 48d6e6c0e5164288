/**
 * What a commit survives.
 *
 * - `full`: a power loss. Every commit waits for the disk (`synchronous = FULL`).
 * - `process`: a killed process, not a power loss (`synchronous = NORMAL`). Several times faster where the disk is slow.
 */
export type Durability = 'full' | 'process'
