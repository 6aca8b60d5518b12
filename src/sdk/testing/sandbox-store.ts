import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type CommitJournal, SqliteCommitJournal } from './commit-journal.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { SqliteSandboxRows } from './sqlite-sandbox-rows.ts';
import { StatementCache } from './statement-cache.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;
export type ChangeOperation = 'create' | 'update' | 'delete';

/** A column kept beside the JSON document, for filters, sorts and keysets. */
export interface SandboxColumn<Row> {
  readonly type: 'text' | 'integer' | 'real';
  /** Where its value comes from; the document's member of the column's name when absent. Booleans become 0/1. */
  readonly from?: (row: Row) => SqlValue | boolean | undefined;
  /** `nocase` compares ASCII letters regardless of case. */
  readonly collate?: 'nocase' | 'binary';
}

export interface SandboxTable<Row extends object = Record<string, unknown>> {
  /** The member that is the key, or how the key is made (composite keys). Keys are text. */
  readonly key: (keyof Row & string) | ((row: Row) => string);
  readonly columns?: Readonly<Record<string, SandboxColumn<Row> | SandboxColumn<Row>['type']>>;
  /** Lists of column names; each list is an index. The key is always indexed. */
  readonly indexes?: readonly (readonly string[])[];
  /**
   * Puts the product's change stamps (and ETags, change tokens) on a row that is about to be committed. `at` is the
   * sandbox clock's time in its precision, or the asked-for instant of a late commit. Seeding does not call it.
   */
  readonly stamp?: (row: Row, at: Date, operation: ChangeOperation) => Row;
}

/** A condition in SQL over column expressions (see `column`), with its parameters. */
export interface SqlCondition {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

export interface Selection {
  readonly where?: SqlCondition;
  /** SQL, for example `${t.column('LastChangeDateTime')} ASC, key ASC`; by key when absent. */
  readonly orderBy?: string;
  readonly limit?: number;
  readonly offset?: number;
}

export interface CommitOptions {
  /** Stamp and journal as this operation, such as `delete` for an update that moves a row to the recycle bin. */
  readonly operation?: ChangeOperation;
}

/** Rows of one table. Every write is one commit (or part of `store.transaction`) and lands in the commit journal. */
export interface SandboxRows<Row extends object = Record<string, unknown>> {
  readonly name: string;
  /** The SQL expression of a member: its column where declared, else `json_extract`. `key` is the key column. */
  column(member: string): string;
  get(key: string): Row | undefined;
  /** In the order asked for; undefined where missing. One statement whatever the number of keys. */
  getMany(keys: readonly string[]): (Row | undefined)[];
  select(selection?: Selection): Row[];
  /** The JSON texts of `select`, for replies that can be written without parsing. */
  selectJson(selection?: Selection): string[];
  /** The keys of `select`, for result sets that are frozen and read page by page. */
  selectKeys(selection?: Selection): string[];
  /** Streams; do not write to the store while iterating. */
  iterate(selection?: Selection): IterableIterator<Row>;
  count(where?: SqlCondition): number;
  keyOf(row: Row): string;
  /** Fails when the key exists. Returns the row as stamped. */
  insert(row: Row): Row;
  /** Replaces the members that `change` names. Undefined when there is no such row. */
  update(key: string, change: Partial<Row> | ((row: Row) => Row), options?: CommitOptions): Row | undefined;
  /** Returns what was deleted. */
  delete(key: string): Row | undefined;
  /**
   * Commits now, with change stamps of the past, as a long transaction does. Rows whose key exists are updated with
   * the members given, others are inserted.
   */
  commitLate(rows: readonly Partial<Row>[], late: { readonly stampedAt: Date | string }): Row[];
  /** Bulk insert in transactions of some thousand rows, unstamped and not journalled. Returns the number of rows. */
  seed(rows: Iterable<Row>): number;
  /** The same, letting the process breathe between transactions: for big scales. */
  seedInSlices(rows: Iterable<Row>): Promise<number>;
}

export interface SandboxStoreOptions {
  /** The database file, kept; without it a temporary one that nobody else sees and that vanishes with the process. */
  readonly file?: string;
  readonly clock: SandboxClock;
  // biome-ignore lint/suspicious/noExplicitAny: tables of different rows stand in one record
  readonly tables: Readonly<Record<string, SandboxTable<any>>>;
}

/** The state of a sandbox, on SQLite. */
export interface SandboxStore {
  /** Empty for a temporary database. */
  readonly file: string;
  readonly clock: SandboxClock;
  readonly commits: CommitJournal;
  table<Row extends object = Record<string, unknown>>(name: string): SandboxRows<Row>;
  /** Several writes as one commit: all or none, with one instant for all their stamps. */
  transaction<T>(work: () => T): T;
  /**
   * Runs `fill`, without indexes for speed, when the store was not yet completely filled under this fingerprint (make it of seed, scale and
   * version); a half-filled or otherwise filled store is emptied first. Returns whether it filled.
   */
  seedOnce(fingerprint: string, fill: () => void | Promise<void>): Promise<boolean>;
  /** Contents that were uploaded, by any key; demo contents are generated, not stored. */
  putContent(key: string, content: Uint8Array): void;
  content(key: string): Buffer | undefined;
  deleteContent(key: string): void;
  /** Small values that outlive a restart, such as number ranges. */
  getSetting(name: string): string | undefined;
  setSetting(name: string, value: string): void;
  close(): void;
}

export function openSandboxStore(options: SandboxStoreOptions): SandboxStore {
  return new SqliteSandboxStore(options);
}

const SETTINGS = 'CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID';
const CONTENTS = 'CREATE TABLE IF NOT EXISTS contents (key TEXT PRIMARY KEY, content BLOB NOT NULL)';

class SqliteSandboxStore implements SandboxStore {
  readonly file: string;
  readonly clock: SandboxClock;
  readonly commits: SqliteCommitJournal;
  readonly #database: Database.Database;
  readonly #statements: StatementCache;
  readonly #tables = new Map<string, SqliteSandboxRows>();
  #instant: Date | undefined;

  constructor(options: SandboxStoreOptions) {
    this.file = options.file ?? '';
    this.clock = options.clock;
    if (this.file !== '') mkdirSync(dirname(this.file), { recursive: true });
    this.#database = new Database(this.file);
    if (this.file !== '') this.#database.pragma('journal_mode = WAL');
    // Killing the process loses nothing; a power cut may, and then the demo is seeded again.
    this.#database.pragma('synchronous = OFF');
    this.#statements = new StatementCache(this.#database);
    this.commits = new SqliteCommitJournal(this.#statements);
    for (const [name, table] of Object.entries(options.tables)) {
      const context = { statements: this.#statements, commits: this.commits, commit: this.#commit.bind(this) };
      this.#tables.set(name, new SqliteSandboxRows(name, table, this.clock, context));
    }
    this.#createTables();
  }

  table<Row extends object = Record<string, unknown>>(name: string): SandboxRows<Row> {
    const rows = this.#tables.get(name);
    if (rows === undefined) throw new RangeError(`the sandbox store has no table ${name}`);
    return rows as unknown as SandboxRows<Row>;
  }

  transaction<T>(work: () => T): T {
    return this.#commit(() => work());
  }

  async seedOnce(fingerprint: string, fill: () => void | Promise<void>): Promise<boolean> {
    if (this.getSetting('filled') === fingerprint) return false;
    this.#dropAll();
    this.#createTables({ withIndexes: false });
    await fill();
    for (const rows of this.#tables.values()) rows.createIndexes();
    this.#database.exec('ANALYZE');
    this.setSetting('filled', fingerprint);
    return true;
  }

  putContent(key: string, content: Uint8Array): void {
    this.#statements.get('INSERT OR REPLACE INTO contents (key, content) VALUES (?, ?)').run(key, content);
  }

  content(key: string): Buffer | undefined {
    return this.#statements.get('SELECT content FROM contents WHERE key = ?').pluck().get(key) as Buffer | undefined;
  }

  deleteContent(key: string): void {
    this.#statements.get('DELETE FROM contents WHERE key = ?').run(key);
  }

  getSetting(name: string): string | undefined {
    const statement = this.#statements.get('SELECT value FROM settings WHERE name = ?');
    return statement.pluck().get(name) as string | undefined;
  }

  setSetting(name: string, value: string): void {
    this.#statements.get('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.#database.close();
  }

  /** Runs work in a transaction (or the running one); everything in it is stamped with the same instant. */
  #commit<T>(work: (instant: Date) => T): T {
    if (this.#instant !== undefined) return work(this.#instant);
    const instant = this.clock.now();
    this.#instant = instant;
    try {
      return this.#database.transaction(() => work(instant)).immediate();
    } finally {
      this.#instant = undefined;
    }
  }

  #createTables(how: { readonly withIndexes: boolean } = { withIndexes: true }): void {
    this.#database.exec(SETTINGS);
    const shape = JSON.stringify([...this.#tables.values()].map((rows) => rows.shape));
    if ((this.getSetting('shape') ?? shape) !== shape) this.#dropAll();
    this.#database.exec(SETTINGS);
    this.#database.exec(CONTENTS);
    this.commits.createTable(this.#database);
    for (const rows of this.#tables.values()) {
      this.#database.exec(rows.createTableSql);
      if (how.withIndexes) rows.createIndexes();
    }
    this.setSetting('shape', shape);
  }

  #dropAll(): void {
    this.#statements.clear();
    const names = this.#database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all() as string[];
    for (const name of names) this.#database.exec(`DROP TABLE "${name}"`);
  }
}
