import type { Column, GoldenLayout, Row, SqlValue } from './layout.ts';

export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly folder: string }
  | { readonly kind: 'postgresql'; readonly url: string };

export type Dialect = StoreLocation['kind'];

/** Read-only. On SQLite `all` answers at once, on PostgreSQL with a promise: `await` it, or look. */
export interface Reader {
  /** Rows as arrays, in the order of the selected columns. Statements are prepared once per text. */
  all(sql: string, params?: readonly SqlValue[]): readonly Row[] | Promise<readonly Row[]>;
  /** How many statements were run so far. */
  readonly statements: number;
}

/** What can be done inside one transaction. Set operations take any number of rows. */
export interface WriteTx {
  all(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Returns how many rows it changed. */
  run(sql: string, params?: readonly SqlValue[]): Promise<number>;
  /** Rows whose key columns equal one of `keys`, in no given order. */
  selectIn(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
  ): Promise<readonly Row[]>;
  /** The same rows, locked until the transaction ends, in the order of `values`. Sort them before. */
  lockIn(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
  ): Promise<readonly Row[]>;
  insert(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<void>;
  /** Rows that clash with a unique constraint are left out. Returns how many were inserted. */
  insertIgnore(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<number>;
  /** Existing rows are replaced in the given columns. */
  upsert(table: string, columns: readonly Column[], rows: readonly Row[], conflict: readonly string[]): Promise<void>;
  /** The first `keys` values of each row select, the rest are set. */
  updateIn(table: string, keys: readonly Column[], set: readonly Column[], rows: readonly Row[]): Promise<void>;
  deleteIn(table: string, keys: readonly Column[], values: readonly Row[]): Promise<void>;
  /** Per value of `key` how many different values of `counted` there are; values without any are absent. */
  countIn(table: string, key: Column, counted: string, values: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** New numbers for a hub table with an integer `id`. */
  allocate(table: string, count: number): Promise<readonly number[]>;
}

/** The hub's own database: hub tables by migrations, golden tables from the model. */
export interface Store {
  readonly dialect: Dialect;
  readonly layout: GoldenLayout;
  /** Another one after a restore; part of every event's id. */
  readonly incarnation: string;
  readonly reader: Reader;
  /** Milliseconds since 1970 by the store's clock, the same for all processes on one store. */
  clock(): number;
  /** The n-th parameter, from 1: `?` or `$n`. */
  placeholder(position: number): string;
  /**
   * One transaction. Tried again after a deadlock or a serialisation failure, so `work` must have no other effect.
   * Writers take turns on SQLite. Throws on a store opened by a reader.
   */
  write<T>(work: (tx: WriteTx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  /** `writer` migrates and may write; one process at a time on SQLite. `reader` needs a migrated store. */
  readonly role: 'writer' | 'reader';
}
