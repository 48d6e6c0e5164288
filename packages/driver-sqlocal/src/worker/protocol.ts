import type { Durability } from '../options.ts'

/** What can be bound and read. Integers beyond 2^53 are read as bigint. */
export type SentValue = string | number | bigint | null | Uint8Array

/** A text of a finite set; kept prepared. */
export interface SentText {
  readonly sql: string
  readonly returnsRows: boolean
}

/** A statement as it travels. */
export interface SentStatement extends SentText {
  readonly parameters: readonly SentValue[]
}

/** Many statements as they travel: a text that several of them share is sent once. */
export interface SentBatch {
  readonly texts: readonly SentText[]
  /** Of each statement, the position of its text. */
  readonly textOf: readonly number[]
  /** Of each statement, what is bound. */
  readonly parameters: readonly (readonly SentValue[])[]
}

/** Rows as they travel: column by column, since most columns of a run hold nothing, and names in each row would cost a third. */
export interface SentRows {
  readonly columns: readonly string[]
  readonly count: number
  /** Of each column the value in each row; null: the column is NULL in every row. */
  readonly values: readonly (readonly SentValue[] | null)[]
}

/** What a statement answered: its rows, or how many it stored, changed or deleted when it answers none. */
export type SentResult = SentRows | number

/** What the owner of a database can be asked to do with it. The same from its own page and, through it, from other tabs. */
export type DatabaseCall =
  /** All or none, in one transaction. */
  | { readonly do: 'batch'; readonly batch: SentBatch }
  /** One reading statement. */
  | { readonly do: 'query'; readonly statement: SentStatement }
  /** One statement of the application, outside or inside the transaction begun before. */
  | { readonly do: 'execute'; readonly statement: SentStatement; readonly inTransaction: boolean }
  | { readonly do: 'begin' | 'commit' | 'rollback' }
  | { readonly do: 'measure' | 'export' | 'delete' }
  | { readonly do: 'import'; readonly bytes: Uint8Array }

/** What each call is answered with. */
export interface CallAnswers {
  readonly batch: readonly SentResult[]
  readonly query: SentResult
  readonly execute: SentResult
  readonly begin: null
  readonly commit: null
  readonly rollback: null
  /** The size in bytes. */
  readonly measure: number
  readonly export: Uint8Array
  readonly import: null
  readonly delete: null
}

/** The answer to a call. */
export type AnswerTo<Call extends DatabaseCall> = CallAnswers[Call['do']]

/** A failure as it travels: errors lose their own fields when cloned. */
export interface SentFailure {
  readonly message: string
  /** SQLite's number; null: it was not SQLite that failed. */
  readonly resultCode: number | null
  /** Of a batch; null: the transaction as a whole. */
  readonly statementIndex: number | null
  /** The file is held by another context, which may let go of it any moment. */
  readonly held?: boolean
}

/** Where the database is. */
export interface DatabasePlace {
  readonly databasePath: string
  readonly durability: Durability
}

/** From a page to its worker. */
export type ToWorker =
  | {
      readonly type: 'durably:open'
      readonly id: number
      readonly place: DatabasePlace
      readonly tab: string
    }
  | { readonly type: 'durably:call'; readonly id: number; readonly call: DatabaseCall }
  | { readonly type: 'durably:close'; readonly id: number }
  /** Ring once after that time; null: do not ring. */
  | { readonly type: 'durably:alarm'; readonly delayMs: number | null }

/** From a worker to its page. */
export type FromWorker =
  | { readonly type: 'durably:answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'durably:failure'; readonly id: number; readonly failure: SentFailure }
  | { readonly type: 'durably:ring' }
  /** Another tab took the database over: this worker has let go of the file and ends. */
  | { readonly type: 'durably:gone' }

/** Said by a tab that takes over, to the worker of a tab whose page does not answer any more: let go of the file. */
export interface Demotion {
  readonly by: string
}

/** The channel of demotions, heard by workers only. */
export function demotionChannel(databasePath: string): BroadcastChannel {
  return new BroadcastChannel(`durably-demotion:${databasePath}`)
}
