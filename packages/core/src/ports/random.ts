/** Where core draws randomness for ids and jitter: a number from 0 up to, but not including, 1. Not for secrets. */
export type Random = () => number
