import type { CommitJournal } from './commit-journal.ts';
import type { SandboxClock } from './sandbox-clock.ts';

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
}

export interface SandboxStoreOptions {
  /** The database file, kept; without it a temporary file that `close()` removes. */
  readonly file?: string;
  readonly clock: SandboxClock;
  // biome-ignore lint/suspicious/noExplicitAny: tables of different rows stand in one record
  readonly tables: Readonly<Record<string, SandboxTable<any>>>;
}

/** The state of a sandbox, on SQLite. */
export interface SandboxStore {
  readonly file: string;
  readonly clock: SandboxClock;
  readonly commits: CommitJournal;
  table<Row extends object = Record<string, unknown>>(name: string): SandboxRows<Row>;
  /** Several writes as one commit: all or none, with one instant for all their stamps. */
  transaction<T>(work: () => T): T;
  /**
   * Runs `fill` when the store was not yet completely filled under this fingerprint (make it of seed, scale and
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

export function openSandboxStore(_options: SandboxStoreOptions): SandboxStore {
  throw new Error('not built yet');
}
