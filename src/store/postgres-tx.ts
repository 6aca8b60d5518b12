import { CompiledQuery } from 'kysely';
import { quoted } from './hub-tables.ts';
import type { Column, Row, SqlValue } from './layout.ts';
import { onConflict } from './sqlite-tx.ts';
import type { WriteTx } from './store.ts';

/** The part of a Kysely transaction that is used; it is MikroORM's own. */
export interface QueryExecutor {
  executeQuery(query: CompiledQuery): Promise<{
    readonly rows: readonly unknown[];
    readonly numAffectedRows?: bigint;
  }>;
}

/**
 * Set operations as one statement each: columns travel as arrays and are unnested. Writes that answer nothing are not
 * waited for, so that the database works on one while the next is made ready: what goes wrong with them comes out of
 * the next answer, or of `settle`.
 */
export class PostgresTx implements WriteTx {
  readonly #executor: QueryExecutor;
  #last: Promise<unknown> = Promise.resolve();

  constructor(executor: QueryExecutor) {
    this.#executor = executor;
  }

  /** Waits for all writes. Throws what the first of them that failed threw. */
  async settle(): Promise<void> {
    await this.#last;
  }

  async all(sql: string, params: readonly SqlValue[] = []): Promise<readonly Row[]> {
    const { rows } = await this.#query(sql, params);
    return rows.map((row) => Object.values(row as Record<string, SqlValue>));
  }

  async run(sql: string, params: readonly SqlValue[] = []): Promise<number> {
    const { numAffectedRows } = await this.#query(sql, params);
    return Number(numAffectedRows ?? 0);
  }

  selectIn(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
  ): Promise<readonly Row[]> {
    return this.#select(table, columns, keys, values, '');
  }

  lockIn(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
  ): Promise<readonly Row[]> {
    return this.#select(table, columns, keys, values, ' order by given.n for update of t');
  }

  async #select(
    table: string,
    columns: readonly string[],
    keys: readonly Column[],
    values: readonly Row[],
    ending: string,
  ): Promise<readonly Row[]> {
    if (values.length === 0) return [];
    const selected = columns.map((name, index) => `t.${quoted(name)} as c${index}`).join(', ');
    const given = keys.map((_, index) => `k${index}`).join(', ');
    const joined = keys.map(({ name }, index) => `t.${quoted(name)} = given.k${index}`).join(' and ');
    const { rows } = await this.#query(
      `select ${selected} from unnest(${arrays(keys)}) with ordinality as given(${given}, n) join ${quoted(table)} t on ${joined}${ending}`,
      transposed(keys.length, values),
    );
    return rows.map((row) => Object.values(row as Record<string, SqlValue>));
  }

  async insert(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    this.#send(...insertion(table, columns, rows, ''));
  }

  async insertIgnore(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<number> {
    if (rows.length === 0) return 0;
    const { numAffectedRows } = await this.#query(...insertion(table, columns, rows, ' on conflict do nothing'));
    return Number(numAffectedRows ?? 0);
  }

  async upsert(
    table: string,
    columns: readonly Column[],
    rows: readonly Row[],
    conflict: readonly string[],
  ): Promise<void> {
    if (rows.length === 0) return;
    this.#send(...insertion(table, columns, rows, ` ${onConflict(columns, conflict)}`));
  }

  async updateIn(table: string, keys: readonly Column[], set: readonly Column[], rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const all = [...keys, ...set];
    const given = all.map((_, index) => `g${index}`).join(', ');
    const joined = keys.map(({ name }, index) => `t.${quoted(name)} = given.g${index}`).join(' and ');
    const assigned = set.map(({ name }, index) => `${quoted(name)} = given.g${keys.length + index}`).join(', ');
    this.#send(
      `update ${quoted(table)} t set ${assigned} from unnest(${arrays(all)}) as given(${given}) where ${joined}`,
      transposed(all.length, rows),
    );
  }

  async deleteIn(table: string, keys: readonly Column[], values: readonly Row[]): Promise<void> {
    if (values.length === 0) return;
    const given = keys.map((_, index) => `g${index}`).join(', ');
    const joined = keys.map(({ name }, index) => `t.${quoted(name)} = given.g${index}`).join(' and ');
    this.#send(
      `delete from ${quoted(table)} t using unnest(${arrays(keys)}) as given(${given}) where ${joined}`,
      transposed(keys.length, values),
    );
  }

  async countIn(table: string, key: Column, counted: string, values: readonly number[]) {
    if (values.length === 0) return new Map<number, number>();
    const { rows } = await this.#query(
      `select t.${quoted(key.name)} as value, count(distinct t.${quoted(counted)}) as count from ${quoted(table)} t where t.${quoted(key.name)} = any(${arrays([key])}) group by 1`,
      [values],
    );
    return new Map(
      (rows as readonly { value: number; count: number }[]).map(({ value, count }) => [Number(value), Number(count)]),
    );
  }

  async allocate(table: string, count: number): Promise<readonly number[]> {
    if (count === 0) return [];
    const rows = await this.all('select nextval($1::regclass) from generate_series(1, $2)', [
      `${table}_numbers`,
      count,
    ]);
    return rows.map(([number]) => Number(number));
  }

  #query(sql: string, params: readonly unknown[]) {
    const answer = this.#last.then(() => this.#executor.executeQuery(CompiledQuery.raw(sql, [...params])));
    this.#last = answer;
    return answer;
  }

  #send(sql: string, params: readonly unknown[]): void {
    this.#query(sql, params).catch(() => undefined);
  }
}

function insertion(
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
  ending: string,
): readonly [sql: string, params: string[]] {
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  return [
    `insert into ${quoted(table)} (${names}) select * from unnest(${arrays(columns)})${ending}`,
    transposed(columns.length, rows),
  ];
}

const ARRAY_TYPES = { text: 'text[]', integer: 'integer[]', bigint: 'bigint[]' } as const;

function arrays(columns: readonly Column[]): string {
  return columns.map(({ type }, index) => `$${index + 1}::${ARRAY_TYPES[type]}`).join(', ');
}

/** A column as PostgreSQL writes an array: several times cheaper than what the driver makes of an array. */
function transposed(width: number, rows: readonly Row[]): string[] {
  return Array.from({ length: width }, (_, index) => {
    let text = '';
    for (const row of rows) text += `${text === '' ? '{' : ','}${arrayElement(row[index] ?? null)}`;
    return `${text}}`;
  });
}

const SPECIAL = /["\\]/;

function arrayElement(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  return `"${SPECIAL.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`;
}
