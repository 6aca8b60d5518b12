import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Model } from '#model';
import { goldenLayout } from './golden-layout.ts';
import { planGoldenTables, type TablesFound } from './golden-tables.ts';
import { incarnationOf, wallClock } from './incarnation.ts';
import type { GoldenLayout, Row, SqlValue } from './layout.ts';
import { isMigrated, MIGRATION_TABLE } from './migrations.ts';
import { Mutex } from './mutex.ts';
import type { OpenedOrm } from './orm.ts';
import { SqliteTx, StatementCache } from './sqlite-tx.ts';
import type { OpenStoreOptions, Reader, Store, WriteTx } from './store.ts';
import { storeError } from './store-errors.ts';
import { isBusy, lockFolder, type StoreLock } from './store-lock.ts';

const FILE = 'hub.sqlite';
const BUSY_ATTEMPTS = 5;

export async function openSqliteStore(folder: string, model: Model, options: OpenStoreOptions): Promise<Store> {
  const layout = goldenLayout(model);
  if (options.role === 'reader') return SqliteStore.forReading(join(folder, FILE), layout);
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  try {
    return await SqliteStore.forWriting(join(folder, FILE), layout, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

class SqliteReader implements Reader {
  readonly #statements: StatementCache;
  #count = 0;

  constructor(database: Database.Database) {
    this.#statements = new StatementCache(database);
  }

  get statements(): number {
    return this.#count;
  }

  all(sql: string, params: readonly SqlValue[] = []): readonly Row[] {
    this.#count += 1;
    return this.#statements.read(sql).all(params) as Row[];
  }
}

interface Writing {
  readonly database: Database.Database;
  readonly orm: OpenedOrm;
  readonly tx: SqliteTx;
  readonly lock: StoreLock;
}

class SqliteStore implements Store {
  readonly dialect = 'sqlite';
  readonly layout: GoldenLayout;
  readonly reader: Reader;
  readonly incarnation: string;
  readonly clock = wallClock();
  readonly #reading: Database.Database;
  readonly #writing: Writing | undefined;
  readonly #turns = new Mutex();

  private constructor(file: string, layout: GoldenLayout, writing: Writing | undefined) {
    this.layout = layout;
    this.#writing = writing;
    this.#reading = new Database(file, { readonly: true, timeout: 5000 });
    this.#reading.pragma('cache_size = -16000');
    this.#reading.pragma('mmap_size = 268435456');
    const reader = new SqliteReader(this.#reading);
    this.reader = reader;
    this.incarnation = incarnationOf(reader.all("select value from hub_meta where key = 'incarnation'"));
  }

  static forReading(file: string, layout: GoldenLayout): SqliteStore {
    return new SqliteStore(file, layout, undefined);
  }

  static async forWriting(file: string, layout: GoldenLayout, lock: StoreLock): Promise<SqliteStore> {
    const database = new Database(file, { timeout: 5000 });
    try {
      // Enterprise data and the secrets of webhooks; the files that SQLite adds take the same rights.
      chmodSync(file, 0o600);
      for (const pragma of ['page_size = 8192', 'journal_mode = wal', 'synchronous = normal', 'temp_store = memory']) {
        database.pragma(pragma);
      }
      database.pragma('cache_size = -64000');
      database.pragma('wal_autocheckpoint = 2000');
      // What the log grew to while somebody read for long is given back afterwards.
      database.pragma('journal_size_limit = 67108864');
      const orm = await openOrm(database);
      applyGoldenTables(database, layout);
      const tx = new SqliteTx(new StatementCache(database));
      return new SqliteStore(file, layout, { database, orm, tx, lock });
    } catch (error) {
      database.close();
      throw error;
    }
  }

  placeholder(): string {
    return '?';
  }

  write<T>(work: (tx: WriteTx) => Promise<T>): Promise<T> {
    const writing = this.#writing;
    if (!writing) throw new Error('A store opened by a reader cannot be written.');
    return this.#turns.run(() => this.#attempt(writing, work, 1));
  }

  async #attempt<T>(writing: Writing, work: (tx: WriteTx) => Promise<T>, attempt: number): Promise<T> {
    try {
      return await writing.orm.transactional(() => work(writing.tx));
    } catch (error) {
      if (!isBusy(error) || attempt === BUSY_ATTEMPTS) throw storeError(error);
      return this.#attempt(writing, work, attempt + 1);
    }
  }

  async close(): Promise<void> {
    await this.#turns.run(async () => {
      this.#reading.close();
      await this.#writing?.orm.close();
      this.#writing?.lock.release();
    });
  }
}

/** A reader's thread never loads what writes. */
async function openOrm(database: Database.Database): Promise<OpenedOrm> {
  const known = database.prepare('select 1 from sqlite_master where name = ?').get(MIGRATION_TABLE);
  const found = known ? database.prepare(`select name from ${MIGRATION_TABLE}`).pluck().all() : [];
  const { openSqliteOrm } = await import('./orm.ts');
  const orm = await openSqliteOrm(database, !isMigrated(found));
  database
    .prepare("insert into hub_meta (key, value) values ('incarnation', ?) on conflict do nothing")
    .run(randomUUID());
  return orm;
}

function applyGoldenTables(database: Database.Database, layout: GoldenLayout): void {
  const tables = database
    .prepare("select name from sqlite_master where type = 'table' and name like 'golden\\_%' escape '\\'")
    .pluck()
    .all() as string[];
  const found: TablesFound = new Map(
    tables.map((table) => {
      const columns = database.prepare('select name, type from pragma_table_info(?)').raw().all(table);
      return [table, new Map(columns as [string, string][])];
    }),
  );
  const statements = planGoldenTables(layout, found, 'sqlite');
  database.transaction(() => {
    for (const statement of statements) database.exec(statement);
  })();
}
