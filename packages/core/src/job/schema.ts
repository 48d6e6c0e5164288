/**
 * A validator that follows the Standard Schema specification (https://standardschema.dev), version 1: zod, valibot, arktype and
 * others. Only the type is needed here, so no validator is ever imported.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a validator answers: a value, or issues. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** Why a validator refused a value, and where. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What callers send, before parsing. */
export type SchemaInput<Schema> = Schema extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : unknown

/** What handlers get, after parsing. */
export type SchemaOutput<Schema> = Schema extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown

/** An issue with its path as text: `{ path: 'items[2].name', message: 'Required' }`. */
export interface ReadableIssue {
  readonly path: string
  readonly message: string
}

/** The answer of `validate`. */
export type Validated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly ReadableIssue[] }

/**
 * Runs a validator and answers either the parsed value or readable issues; at once where the validator is synchronous. One that
 * throws counts as one issue.
 */
export function validate(schema: StandardSchema, value: unknown): Validated | Promise<Validated> {
  try {
    const result = schema['~standard'].validate(value)
    return result instanceof Promise ? result.then(toValidated, refused) : toValidated(result)
  } catch (error) {
    return refused(error)
  }
}

function toValidated(result: SchemaResult<unknown>): Validated {
  return result.issues === undefined
    ? { ok: true, value: result.value }
    : { ok: false, issues: result.issues.map(toReadable) }
}

function refused(error: unknown): Validated {
  return {
    ok: false,
    issues: [{ path: '', message: error instanceof Error ? error.message : String(error) }],
  }
}

/** Issues as one line for a message. */
export function describeIssues(issues: readonly ReadableIssue[]): string {
  const shown = issues
    .slice(0, 5)
    .map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`))
  if (issues.length > shown.length) shown.push(`and ${issues.length - shown.length} more`)
  return shown.join('; ')
}

function toReadable(issue: SchemaIssue): ReadableIssue {
  let path = ''
  for (const segment of issue.path ?? []) {
    const key = typeof segment === 'object' ? segment.key : segment
    path += typeof key === 'number' ? `[${key}]` : path === '' ? String(key) : `.${String(key)}`
  }
  return { path, message: issue.message }
}
