import type { Database, Statement } from 'better-sqlite3';
import { quoted } from './hub-tables.ts';
import type { Column, Row, SqlValue } from './layout.ts';
import type { WriteTx } from './store.ts';

/** Set operations as loops over prepared statements: on SQLite a call costs about a microsecond. */
export class SqliteTx implements WriteTx {
  readonly #statements: StatementCache;

  constructor(statements: StatementCache) {
    this.#statements = statements;
  }

  async all(sql: string, params: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return this.#statements.read(sql).all(params) as Row[];
  }

  async run(sql: string, params: readonly SqlValue[] = []): Promise<number> {
    return this.#statements.write(sql).run(params).changes;
  }

  async selectIn(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
  ): Promise<readonly Row[]> {
    if (values.length === 0) return [];
    const statement = this.#statements.read(
      `select ${columns.map(quoted).join(', ')} from ${quoted(table)} where ${equals(keys)}`,
    );
    const rows: Row[] = [];
    for (const key of values) {
      for (const row of statement.all(key) as Row[]) rows.push(row);
    }
    return rows;
  }

  /** There is one writer, which holds the whole database. */
  lockIn(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
  ): Promise<readonly Row[]> {
    return this.selectIn(table, columns, keys, values);
  }

  async insert(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<void> {
    this.#insert(table, columns, rows, '');
  }

  async insertIgnore(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<number> {
    return this.#insert(table, columns, rows, ' on conflict do nothing');
  }

  async upsert(
    table: string,
    columns: readonly Column[],
    rows: readonly Row[],
    conflict: readonly string[],
  ): Promise<void> {
    this.#insert(table, columns, rows, ` ${onConflict(columns, conflict)}`);
  }

  async updateIn(table: string, keys: readonly Column[], set: readonly Column[], rows: readonly Row[]): Promise<void> {
    const assigned = set.map(({ name }) => `${quoted(name)} = ?`).join(', ');
    this.#each(
      `update ${quoted(table)} set ${assigned} where ${equals(keys)}`,
      rows.map((row) => [...row.slice(keys.length), ...row.slice(0, keys.length)]),
    );
  }

  async deleteIn(table: string, keys: readonly Column[], values: readonly Row[]): Promise<void> {
    this.#each(`delete from ${quoted(table)} where ${equals(keys)}`, values);
  }

  async countIn(table: string, key: Column, counted: string, values: readonly number[]) {
    const statement = this.#statements.read(
      `select count(distinct ${quoted(counted)}) from ${quoted(table)} where ${equals([key])}`,
    );
    const counts = new Map<number, number>();
    for (const value of values) {
      const [count] = statement.get(value) as Row;
      if (count) counts.set(value, Number(count));
    }
    return counts;
  }

  async allocate(table: string, count: number): Promise<readonly number[]> {
    const [row] = this.#statements.read(`select coalesce(max(id), 0) from ${quoted(table)}`).all() as Row[];
    const last = Number(row?.[0] ?? 0);
    return Array.from({ length: count }, (_, index) => last + 1 + index);
  }

  /** Most of a narrow row's cost is its call, so one call takes many of them. */
  #insert(table: string, columns: readonly Column[], rows: readonly Row[], ending: string): number {
    const atOnce = Math.max(1, Math.floor(VALUES_AT_ONCE / columns.length));
    const whole = rows.length - (rows.length % atOnce);
    let changes = 0;
    if (whole > 0) {
      const statement = this.#statements.write(insertion(table, columns, atOnce) + ending);
      for (let from = 0; from < whole; from += atOnce)
        changes += statement.run(flat(rows, from, from + atOnce)).changes;
    }
    return changes + this.#each(insertion(table, columns, 1) + ending, rows.slice(whole));
  }

  #each(sql: string, rows: readonly Row[]): number {
    if (rows.length === 0) return 0;
    const statement = this.#statements.write(sql);
    let changes = 0;
    for (const row of rows) changes += statement.run(row).changes;
    return changes;
  }
}

export class StatementCache {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #limit: number;

  constructor(database: Database, limit = 500) {
    this.#database = database;
    this.#limit = limit;
  }

  /** Rows come as arrays. */
  read(sql: string): Statement {
    return this.#get(sql, true);
  }

  write(sql: string): Statement {
    return this.#get(sql, false);
  }

  #get(sql: string, reads: boolean): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    if (reads) statement.raw();
    if (this.#statements.size >= this.#limit) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(sql, statement);
    return statement;
  }
}

const equals = (keys: readonly Column[]) => keys.map(({ name }) => `${quoted(name)} = ?`).join(' and ');

const VALUES_AT_ONCE = 256;

function insertion(table: string, columns: readonly Column[], count: number): string {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  return `insert into ${quoted(table)} (${names}) values ${Array(count).fill(row).join(', ')}`;
}

function flat(rows: readonly Row[], from: number, to: number): SqlValue[] {
  const values: SqlValue[] = [];
  for (let at = from; at < to; at += 1) for (const value of rows[at] ?? []) values.push(value);
  return values;
}

export function onConflict(columns: readonly Column[], conflict: readonly string[]): string {
  const set = columns
    .filter(({ name }) => !conflict.includes(name))
    .map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`)
    .join(', ');
  return `on conflict (${conflict.map(quoted).join(', ')}) do ${set ? `update set ${set}` : 'nothing'}`;
}
