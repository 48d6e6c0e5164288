/** A step from one version of the schema to the next. */
export interface Migration {
  /** The version it leads to: 1 for the first, without gaps. */
  readonly version: number
  /** Its SQL, one statement each, without parameters. Never changed once it is released. */
  readonly statements: readonly string[]
}
