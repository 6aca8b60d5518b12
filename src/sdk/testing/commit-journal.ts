import type { Database } from 'better-sqlite3';
import type { ChangeOperation } from './sandbox-store.ts';
import type { StatementCache } from './statement-cache.ts';

/** One committed change, as the sandbox knows it: the truth that tests compare the hub with. */
export interface Commit {
  readonly sequence: number;
  /** When it was really committed: real time, ISO with milliseconds; no skew, no truncation. */
  readonly at: string;
  /** What the row was stamped with: differs from `at` by precision, skew, or because it was committed late. */
  readonly stampedAt: string;
  readonly table: string;
  readonly key: string;
  readonly operation: ChangeOperation;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Everything committed after seeding, in commit order. Also `GET /__sandbox/commits?since=&table=&key=&limit=`. */
export interface CommitJournal {
  /** The last sequence, 0 when nothing was committed. */
  readonly last: number;
  entries(filter?: {
    readonly since?: number;
    readonly table?: string;
    readonly key?: string;
    readonly limit?: number;
  }): Commit[];
}

export interface CommitDraft {
  readonly stampedAt: Date;
  readonly table: string;
  readonly key: string;
  readonly operation: ChangeOperation;
  /** JSON texts. */
  readonly before: string | null;
  readonly after: string | null;
}

interface CommitRow extends Omit<Commit, 'before' | 'after'> {
  readonly before: string | null;
  readonly after: string | null;
}

export class SqliteCommitJournal implements CommitJournal {
  readonly #statements: StatementCache;

  constructor(statements: StatementCache) {
    this.#statements = statements;
  }

  createTable(database: Database): void {
    database.exec(
      `CREATE TABLE IF NOT EXISTS commits (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
        stamped_at TEXT NOT NULL, table_name TEXT NOT NULL, key TEXT NOT NULL, operation TEXT NOT NULL,
        before TEXT, after TEXT)`,
    );
  }

  add(draft: CommitDraft): void {
    this.#statements
      .get(
        'INSERT INTO commits (at, stamped_at, table_name, key, operation, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        new Date().toISOString(),
        draft.stampedAt.toISOString(),
        draft.table,
        draft.key,
        draft.operation,
        draft.before,
        draft.after,
      );
  }

  get last(): number {
    return this.#statements.get('SELECT coalesce(max(sequence), 0) FROM commits').pluck().get() as number;
  }

  entries(
    filter: { readonly since?: number; readonly table?: string; readonly key?: string; readonly limit?: number } = {},
  ): Commit[] {
    const conditions = ['sequence > @since'];
    if (filter.table !== undefined) conditions.push('table_name = @table');
    if (filter.key !== undefined) conditions.push('key = @key');
    const sql = `SELECT sequence, at, stamped_at AS stampedAt, table_name AS "table", key, operation, before, after
      FROM commits WHERE ${conditions.join(' AND ')} ORDER BY sequence LIMIT @limit`;
    const rows = this.#statements.get(sql).all({ since: 0, limit: -1, ...definedOnly(filter) }) as CommitRow[];
    return rows.map((row) => ({ ...row, before: parse(row.before), after: parse(row.after) }));
  }
}

function definedOnly(filter: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function parse(text: string | null): Record<string, unknown> | null {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
}
