import type { LoopStalls } from './loop-watch.ts'

/** What a child process tells its parent, one JSON line each. */
export type Report =
  /** It is up and has begun its work. */
  | { readonly kind: 'ready' }
  /** A trigger was answered, or refused with this code. */
  | {
      readonly kind: 'trigger'
      readonly runId: string | null
      readonly created: boolean
      readonly code: string | null
      readonly retryable: boolean
      readonly durationMs: number
    }
  /** A call was refused. */
  | { readonly kind: 'refused'; readonly call: string; readonly code: string; readonly message: string }
  /** A call was answered. */
  | { readonly kind: 'done'; readonly call: string }
  /** `worker:error` was published. */
  | { readonly kind: 'worker-error'; readonly code: string }
  /** `onError` was called. */
  | { readonly kind: 'reported'; readonly code: string; readonly context: string }
  /** `stop()` resolved. */
  | { readonly kind: 'stopped'; readonly durationMs: number; readonly stalls: LoopStalls | null }
  /** A foreign process took the write lock, or gave it back. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'unlocked' }
  /** Nobody caught this. It is always a defect. */
  | { readonly kind: 'uncaught'; readonly message: string }

/** The reports of one kind. */
export type ReportOf<Kind extends Report['kind']> = Extract<Report, { kind: Kind }>
