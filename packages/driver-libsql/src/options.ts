import type { Durability } from '@durably/synchronous-driver'
import type { Client } from '@libsql/client'

/** Which database to use: a file, memory, a server, or a client the application has. */
export type LibsqlOptions = PathOptions | UrlOptions | ClientOptions

interface LocalOptions {
  /** What a commit survives: `full` a power loss, `process` a killed process. Default: `full`. A server decides for itself. */
  readonly durability?: Durability | undefined
}

interface PathOptions extends LocalOptions {
  /** A file, made where there is none (its folder must exist), or `:memory:`. */
  readonly path: string
  readonly url?: undefined
  readonly client?: undefined
}

interface UrlOptions extends LocalOptions {
  /** `file:app.db`, `:memory:`, or a server: `libsql://…`, `https://…`, `http://…`. */
  readonly url: string
  /** For a server that asks for one. */
  readonly authToken?: string | undefined
  readonly path?: undefined
  readonly client?: undefined
}

interface ClientOptions {
  /**
   * A client of `@libsql/client` that the application made and closes. For a file prefer `path`: the client's settings stay as
   * they are, and it is several times slower.
   */
  readonly client: Client
  readonly path?: undefined
  readonly url?: undefined
}
