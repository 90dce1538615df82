import type { Sql } from '../platform.ts'

type Binding = string | number | null

/**
 * A table whose rows expire at `expires_at` (milliseconds since the epoch). It is created by the first write, so that
 * reading what does not exist stores nothing.
 */
export class Table {
  readonly #sql: Sql
  readonly #name: string
  readonly #columns: string
  #isCreated: boolean

  /** @param columns - The columns besides `expires_at`, and the constraints. */
  constructor(sql: Sql, name: string, columns: string) {
    this.#sql = sql
    this.#name = name
    this.#columns = columns
    const found = sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, name)
    this.#isCreated = found.toArray().length > 0
  }

  /** Runs a statement that reads. Returns no rows if nothing was ever written. */
  read<Row>(statement: string, ...bindings: Binding[]): Row[] {
    return this.#isCreated ? this.#run(statement, bindings) : []
  }

  /** Runs a statement that adds or replaces rows, and creates the table before if necessary. */
  write<Row>(statement: string, ...bindings: Binding[]): Row[] {
    if (!this.#isCreated) {
      // Without row ids, a write counts as one row instead of two.
      this.#sql.exec(
        `CREATE TABLE IF NOT EXISTS ${this.#name} (expires_at INTEGER NOT NULL, ${this.#columns}) WITHOUT ROWID`,
      )
      this.#isCreated = true
    }
    return this.#run(statement, bindings)
  }

  /** Removes the rows that have expired. Returns when the next one expires; undefined if no row is left. */
  expire(now: number): number | undefined {
    this.read(`DELETE FROM ${this.#name} WHERE expires_at <= ?`, now)
    const [row] = this.read<{ next: number | null }>(`SELECT MIN(expires_at) AS next FROM ${this.#name}`)
    return row?.next ?? undefined
  }

  /** Marks the table as dropped. */
  forget(): void {
    this.#isCreated = false
  }

  #run<Row>(statement: string, bindings: Binding[]): Row[] {
    return this.#sql.exec(statement, ...bindings).toArray() as Row[]
  }
}
