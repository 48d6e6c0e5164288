import type { StandardSchema } from '@durably/core'

/** Accepts everything, as `T`. */
export function anything<T>(): StandardSchema<T> {
  return schema((value: T) => ({ value }))
}

/** A validator made of one function. */
export function schema<Sent, Parsed>(
  validate: (value: Sent) => ReturnType<StandardSchema<Sent, Parsed>['~standard']['validate']>,
): StandardSchema<Sent, Parsed> {
  return {
    '~standard': { version: 1, vendor: 'durably-conformance', validate: (value) => validate(value as Sent) },
  }
}
