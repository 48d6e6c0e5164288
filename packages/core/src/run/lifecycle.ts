/** The states of a run. */
export const RUN_STATUSES = ['pending', 'running', 'suspended', 'completed', 'failed', 'cancelled'] as const

/**
 * `pending`: stored, waiting for a worker · `running`: leased by a worker · `suspended`: asleep until a time or an event ·
 * `completed` `failed` `cancelled`: ended.
 */
export type RunStatus = (typeof RUN_STATUSES)[number]

/**
 * Which transition leads from which states to which. The guards in SQL, the memory storage and the tests derive from this
 * table, so it is the only place where the life of a run is written down.
 */
export const TRANSITIONS = {
  /** A worker takes the run: generation grows. */
  claim: { from: ['pending'], to: 'running' },
  /** Another worker takes over a run whose lease ended: generation grows. */
  recover: { from: ['running'], to: 'running' },
  /** A run whose recoveries ran out without progress. */
  poison: { from: ['running'], to: 'failed' },
  complete: { from: ['running'], to: 'completed' },
  fail: { from: ['running'], to: 'failed' },
  suspend: { from: ['running'], to: 'suspended' },
  /** A stopping worker hands the run back. */
  release: { from: ['running'], to: 'pending' },
  /** The time of a sleeping or delayed run has come. */
  wake: { from: ['pending', 'suspended'], to: 'pending' },
  cancel: { from: ['pending', 'running', 'suspended'], to: 'cancelled' },
  /** Recorded steps are kept. */
  retry: { from: ['failed', 'cancelled'], to: 'pending' },
} as const satisfies Record<string, { readonly from: readonly RunStatus[]; readonly to: RunStatus }>

/** The name of a transition. */
export type Transition = keyof typeof TRANSITIONS

/** The states a run never leaves by itself. */
export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies readonly RunStatus[]

/** A state a run never leaves by itself. */
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number]

/** Has a run in this state ended? */
export function isTerminal(status: RunStatus): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly RunStatus[]).includes(status)
}

/** Does the lifecycle allow this transition from this state? */
export function canTransition(transition: Transition, from: RunStatus): boolean {
  return (TRANSITIONS[transition].from as readonly RunStatus[]).includes(from)
}
