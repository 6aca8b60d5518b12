import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Model } from '#model';
import { ConfigError } from '#sdk';
import { goldenLayout } from './golden-layout.ts';
import { planGoldenTables } from './golden-tables.ts';
import { incarnationOf, wallClock } from './incarnation.ts';
import type { GoldenLayout, Row, SqlValue } from './layout.ts';
import { isMigrated, MIGRATION_TABLE } from './migrations.ts';
import type { OpenedOrm } from './orm.ts';
import type { PostgresTx } from './postgres-tx.ts';
import type { OpenStoreOptions, Reader, Store, WriteTx } from './store.ts';
import { storeError } from './store-errors.ts';

const ATTEMPTS = 10;
/** A process that stands still in a transaction, such as on a paused machine, would keep its locks for as long. */
const PAUSED_WITHIN_MS = 20_000;
const NUMBER_TYPES: ReadonlySet<number> = new Set([20, 1700]);

/** bigint and counts as numbers: all of ours are below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    NUMBER_TYPES.has(id)
      ? Number
      : pg.types.getTypeParser(id, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

export async function openPostgresStore(url: string, model: Model, options: OpenStoreOptions): Promise<Store> {
  const layout = goldenLayout(model);
  const pool = new pg.Pool({
    ...{ connectionString: url, max: 6, types },
    idle_in_transaction_session_timeout: PAUSED_WITHIN_MS,
  });
  pool.on('error', () => undefined);
  // A line may also be lost while a transaction has it, which then fails by itself.
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw new ConfigError(`The database of store.url does not answer. Check that it runs and that the url is right.`, {
      cause: error,
    });
  }
  try {
    const writing = options.role === 'writer' ? await startWriting(pool, layout) : undefined;
    const { rows } = await pool.query({
      text: `select (select value from hub_meta where key = 'incarnation'), (extract(epoch from clock_timestamp()) * 1000)::bigint`,
      rowMode: 'array',
    });
    const [incarnation, now] = rows[0] as [string, number];
    return new PostgresStore(layout, pool, writing, incarnationOf([[incarnation]]), now - Date.now());
  } catch (error) {
    await pool.end();
    throw storeError(error);
  }
}

class PostgresReader implements Reader {
  readonly #pool: pg.Pool;
  readonly #names = new Map<string, string>();
  #count = 0;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  get statements(): number {
    return this.#count;
  }

  async all(sql: string, params: readonly SqlValue[] = []): Promise<readonly Row[]> {
    this.#count += 1;
    try {
      const query = { name: this.#name(sql), text: sql, values: [...params], rowMode: 'array' as const };
      const { rows } = await this.#pool.query(query);
      return rows as Row[];
    } catch (error) {
      throw storeError(error);
    }
  }

  #name(sql: string): string {
    const known = this.#names.get(sql);
    if (known) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }
}

interface Writing {
  readonly orm: OpenedOrm;
  readonly Tx: typeof PostgresTx;
}

class PostgresStore implements Store {
  readonly dialect = 'postgresql';
  readonly layout: GoldenLayout;
  readonly reader: Reader;
  readonly incarnation: string;
  readonly clock: () => number;
  readonly #pool: pg.Pool;
  readonly #writing: Writing | undefined;

  constructor(
    layout: GoldenLayout,
    pool: pg.Pool,
    writing: Writing | undefined,
    incarnation: string,
    clockAhead: number,
  ) {
    this.layout = layout;
    this.reader = new PostgresReader(pool);
    this.incarnation = incarnation;
    this.clock = wallClock(clockAhead);
    this.#pool = pool;
    this.#writing = writing;
  }

  placeholder(position: number): string {
    return `$${position}`;
  }

  async write<T>(work: (tx: WriteTx) => Promise<T>): Promise<T> {
    const writing = this.#writing;
    if (!writing) throw new Error('A store opened by a reader cannot be written.');
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await writing.orm.transactional((executor) => settled(new writing.Tx(executor), work));
      } catch (error) {
        if (!mayTryAgain(error) || attempt === ATTEMPTS) throw storeError(error);
        await wait(Math.random() * 20 * attempt);
      }
    }
  }

  async close(): Promise<void> {
    if (this.#writing) await this.#writing.orm.close();
    else await this.#pool.end();
  }
}

/** A write that failed is the reason for whatever came after it. */
async function settled<T>(tx: PostgresTx, work: (tx: WriteTx) => Promise<T>): Promise<T> {
  try {
    return await work(tx);
  } finally {
    await tx.settle();
  }
}

/** Serialisation failure, deadlock. */
function mayTryAgain(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return code === '40001' || code === '40P01';
}

const MIGRATION_LOCK = 7_311_001;

/** What writes is loaded here: a reader's thread never needs it. */
async function startWriting(pool: pg.Pool, layout: GoldenLayout): Promise<Writing> {
  const { PostgresTx: Tx } = await import('./postgres-tx.ts');
  return { orm: await bringUpToDate(pool, layout), Tx };
}

/** One process migrates at a time; the lock ends with its connection. */
async function bringUpToDate(pool: pg.Pool, layout: GoldenLayout): Promise<OpenedOrm> {
  const lock = await pool.connect();
  try {
    await lock.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    const orm = await openOrm(pool, lock);
    await applyGoldenTables(lock, layout);
    await lock.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
    lock.release();
    return orm;
  } catch (error) {
    lock.release(true);
    throw error;
  }
}

async function openOrm(pool: pg.Pool, client: pg.PoolClient): Promise<OpenedOrm> {
  const { rows: known } = await client.query(
    'select 1 from information_schema.tables where table_schema = current_schema() and table_name = $1',
    [MIGRATION_TABLE],
  );
  const { rows } = known.length === 0 ? { rows: known } : await client.query(`select name from ${MIGRATION_TABLE}`);
  const { openPostgresOrm } = await import('./orm.ts');
  const orm = await openPostgresOrm(pool, !isMigrated(rows.map(({ name }) => name)));
  await client.query("insert into hub_meta (key, value) values ('incarnation', $1) on conflict do nothing", [
    randomUUID(),
  ]);
  return orm;
}

async function applyGoldenTables(client: pg.PoolClient, layout: GoldenLayout): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string; type: string }>(
    `select table_name as "table", column_name as "column", data_type as "type" from information_schema.columns
      where table_schema = current_schema() and table_name like 'golden\\_%'`,
  );
  const found = new Map<string, Map<string, string>>();
  for (const { table, column, type } of rows) {
    const columns = found.get(table) ?? new Map<string, string>();
    found.set(table, columns.set(column, type));
  }
  await client.query('begin');
  for (const statement of planGoldenTables(layout, found, 'postgresql')) await client.query(statement);
  await client.query('commit');
}
