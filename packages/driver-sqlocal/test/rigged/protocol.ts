/** Said to the host: from now on there is no room for pages of a database any more, or there is again. */
export interface ToHost {
  readonly type: 'rigged:full'
  readonly isFull: boolean
}

/** A page was refused, or a channel was opened. */
export type FromHost =
  | { readonly type: 'rigged:refused' }
  | { readonly type: 'rigged:channel'; readonly name: string }
