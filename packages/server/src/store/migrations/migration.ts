/** One step of the schema, as statements that both engines run. */
export interface Migration {
  name: string
  statements(types: Types): string[]
}

/** What the engines spell differently. */
export interface Types {
  /** Milliseconds and other whole numbers above 2^31. */
  ms: string
  bytes: string
  /** `create table`; strict in SQLite, so that it refuses the same values as PostgreSQL. */
  table(name: string, columns: string[]): string
}
