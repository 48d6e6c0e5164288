import type { NotRecordable, Recorded } from '../recorded.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './schema.ts'
import type { StepContext } from './step-context.ts'

/**
 * A job: a named, typed definition that does nothing by itself. It is a plain value that server and browser may both import.
 *
 * `Input` is what callers send, `Output` what they get back.
 */
export interface Job<out Name extends string = string, out Input = unknown, out Output = unknown> {
  readonly name: Name
  readonly input: StandardSchema | undefined
  readonly output: StandardSchema | undefined
  readonly defaults: JobDefaults
  readonly handler: (step: StepContext, input: never) => unknown
  /** Only there for the compiler. */
  readonly '~types'?: { readonly input: Input; readonly output: Output }
}

/** A job of any name and types. */
export type AnyJob = Job<string, unknown, unknown>

/** What each trigger of a job starts from; a trigger's own options win, labels are merged. */
export interface JobDefaults {
  /** At most one run of a key is executed at a time, across jobs and processes. */
  readonly concurrencyKey?: string | undefined
  /** Stored beside each run, usable as filter. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** The input callers send to a job. */
export type JobInput<J> = J extends { readonly '~types'?: infer Types }
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : unknown

/** The output of a job's completed runs. */
export type JobOutput<J> = J extends { readonly '~types'?: infer Types }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown

/** What handlers get; jobs without an input schema get none. */
export type Parsed<Input> = Input extends StandardSchema ? SchemaOutput<Input> : undefined
/** What callers send. */
export type Sent<Input> = Input extends StandardSchema ? SchemaInput<Input> : undefined
/** With an output schema a handler returns what the schema accepts; otherwise anything. */
export type Returned<Output> = Output extends StandardSchema ? SchemaInput<Output> : unknown
/** What a completed run holds. */
export type OutputOf<Output, Result> = Output extends StandardSchema ? SchemaOutput<Output> : Recorded<Result>

/** Refuses an output schema whose parsed value JSON cannot carry. */
type JsonOutput<Output> = Output extends StandardSchema
  ? SchemaOutput<Output> extends Recorded<SchemaOutput<Output>>
    ? Output
    : NotRecordable<'The parsed output of a job must be JSON: no dates, maps, bigints or functions.'>
  : Output

/** How a job is described. */
export interface JobConfig<Name extends string, Input, Output> {
  /** Names the job in the database: unique in an application, at most 255 characters. Renaming it orphans stored runs. */
  readonly name: Name
  /** Any Standard Schema validator. Left out: the job takes no input. */
  readonly input?: Input
  /** Checked when the handler returns. Left out: the type of the output is what the handler returns. */
  readonly output?: Output & JsonOutput<Output>
  /** What each trigger of this job starts from. */
  readonly defaults?: JobDefaults
}

/**
 * Defines a job. All types follow from the schemas and the handler.
 *
 * @example
 * const greet = defineJob({ name: 'greet', input: z.object({ name: z.string() }) }, async (step, { name }) => {
 *   const text = await step.run('compose', () => `Hello ${name}`)
 *   return { text }
 * })
 */
export function defineJob<
  const Name extends string,
  Result extends Returned<Output>,
  Input extends StandardSchema | undefined = undefined,
  Output extends StandardSchema | undefined = undefined,
>(
  config: JobConfig<Name, Input, Output>,
  handler: (step: StepContext, input: Parsed<Input>) => Result | Promise<Result>,
): Job<Name, Sent<Input>, OutputOf<Output, Result>> {
  return Object.freeze({
    name: config.name,
    input: config.input,
    output: config.output,
    defaults: Object.freeze({ ...config.defaults }),
    handler: handler as Job['handler'],
  })
}
