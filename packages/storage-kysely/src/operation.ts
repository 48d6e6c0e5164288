import type { QueryResult, Statement } from './driver.ts'

/**
 * A verb of the storage as the commit queue sees it: a fixed list of statements and one function that reads their results.
 *
 * No statement is chosen by looking at an earlier result, so operations share a commit by concatenation. Every operation answers
 * the same when it is executed twice, because the outcome of a commit may be unknown.
 */
export interface Operation<T> {
  /**
   * Its statements. Called once, when a commit is put together.
   *
   * @param countsChanges see the capabilities of the driver
   */
  compose(countsChanges: boolean): readonly Statement[]
  /**
   * The answer, from one result a statement. May throw a `DurablyError` that belongs to this operation alone.
   *
   * @param repeated was there an attempt before whose outcome is unknown?
   */
  read(results: readonly QueryResult[], repeated: boolean): T
  /** How much work it is, in writes of one small row; bounds what shares a commit. */
  readonly weight: number
}

/** Text that weighs as much as a row of its own, in UTF-16 code units. */
const TEXT_OF_ONE_ROW = 4096

/** The weight of `rows` rows that carry `textLength` code units. */
export function weightOf(rows: number, textLength: number): number {
  return rows + Math.floor(textLength / TEXT_OF_ONE_ROW)
}
