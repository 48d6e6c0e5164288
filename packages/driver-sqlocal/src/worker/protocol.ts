import type { Durability } from '../options.ts'

/** What can be bound and read. Integers beyond 2^53 are read as bigint. */
export type SentValue = string | number | bigint | null | Uint8Array

/** A statement as it travels. */
export interface SentStatement {
  readonly sql: string
  readonly parameters: readonly SentValue[]
  readonly returnsRows: boolean
}

/** What a statement answered: rows as arrays, since names repeated in each row would cost a third of the message. */
export interface SentResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SentValue[])[]
  /** Rows stored, changed or deleted, when the statement answers none. */
  readonly changes: number
}

/** What the owner of a database can be asked to do with it. The same from its own page and, through it, from other tabs. */
export type DatabaseCall =
  /** All or none, in one transaction. Statements of a finite set of texts; prepared once. */
  | { readonly do: 'batch'; readonly statements: readonly SentStatement[] }
  /** One reading statement of a finite set of texts. */
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
  return new BroadcastChannel(`durably:demote:${databasePath}`)
}
