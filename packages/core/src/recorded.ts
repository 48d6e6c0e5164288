/** Why a type cannot be recorded, as a sentence in the compiler's message. */
export interface NotRecordable<Sentence extends string> {
  readonly durably: Sentence
}

type Primitive = string | number | boolean | null | undefined | void

/** Objects whose content JSON drops or changes. */
type Lossy =
  | Date
  | RegExp
  | Error
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | WeakMap<WeakKey, unknown>
  | WeakSet<WeakKey>
  | ArrayBufferLike
  | ArrayBufferView

/**
 * What a value of type `T` is after it was stored as JSON and read back, which is what `step.run` returns. Members JSON cannot
 * carry become a type that says so, and the value is refused at run time with `NOT_JSON`.
 */
export type Recorded<T> = unknown extends T
  ? T
  : T extends Primitive
    ? T
    : T extends bigint
      ? NotRecordable<'A bigint cannot be recorded: return a string or a number.'>
      : T extends symbol
        ? NotRecordable<'A symbol cannot be recorded.'>
        : T extends (...args: never) => unknown
          ? NotRecordable<'A function cannot be recorded: return plain data.'>
          : T extends Date
            ? NotRecordable<'A Date cannot be recorded: return date.toISOString().'>
            : T extends Lossy
              ? NotRecordable<'Maps, sets, buffers, errors and promises cannot be recorded: return plain objects and arrays.'>
              : T extends object
                ? { [Key in keyof T]: Recorded<T[Key]> }
                : T
