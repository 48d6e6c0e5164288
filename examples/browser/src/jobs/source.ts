/** A file by its content: what a run is told, since its input must outlive the page. */
export interface Source {
  readonly name: string
  /** SHA-256 of the bytes, under which they are kept. */
  readonly hash: string
  readonly bytes: number
}

/** What both jobs are asked to do. */
export interface Task {
  readonly source: Source
  /** Slows each step down, so that a person can watch, and reload in the middle. */
  readonly paceMs: number
}

/** Where jobs find the bytes of a source. In a browser it is OPFS; it might be a folder or a bucket. */
export type ReadSource = (hash: string) => Promise<Blob>
