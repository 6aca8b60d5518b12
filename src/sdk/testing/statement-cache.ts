import type { Database, Statement } from 'better-sqlite3';

const CAPACITY = 200;

/** Prepared statements by their text; the longest unused goes first. */
export class StatementCache {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  get(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      if (this.#statements.size >= CAPACITY) this.#statements.delete(this.#statements.keys().next().value!);
    } else {
      this.#statements.delete(sql);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  /** A statement of its own, for iterating while others of the same text may run. */
  prepare(sql: string): Statement {
    return this.#database.prepare(sql);
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** `insert` for each group of rows in one transaction. */
  inTransaction<T>(work: (items: readonly T[]) => void): (items: readonly T[]) => void {
    return this.#database.transaction(work);
  }

  clear(): void {
    this.#statements.clear();
  }
}
