import type { Database } from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import type pg from 'pg';
import { entities } from './entities.ts';
import type { QueryExecutor } from './postgres-tx.ts';
import type { Dialect } from './store.ts';

/** MikroORM over a connection that is ours: it runs migrations and transactions, and hands out the executor. */
export interface OpenedOrm {
  transactional<T>(work: (executor: QueryExecutor) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** SQLite's own `begin` takes the write lock only at the first write, when it may be too late to wait for it. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** Where the disk is full, SQLite has rolled back already; the reason for it must not be lost. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #database: Database;

  constructor(database: Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver() {
    return new ImmediateDriver({ database: this.#database });
  }
}

/** On a line that is lost nothing can be rolled back: the server has done so, and the pool drops the line. */
class LosableDriver extends PostgresDriver {
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection as Parameters<PostgresDriver['rollbackTransaction']>[0]).catch(() => {});
  }
}

class LosableDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver() {
    return new LosableDriver(this.#config);
  }
}

/** With every migration run. */
export async function openSqliteOrm(database: Database, isMigrationDue: boolean): Promise<OpenedOrm> {
  const { MikroORM } = await import('@mikro-orm/sqlite');
  const orm = await MikroORM.init({
    ...(await common('sqlite', isMigrationDue)),
    dbName: database.name,
    driverOptions: new ImmediateDialect(database),
  });
  return await opened(orm, isMigrationDue);
}

/** With every migration run. */
export async function openPostgresOrm(pool: pg.Pool, isMigrationDue: boolean): Promise<OpenedOrm> {
  const { rows } = await pool.query<{ readonly name: string }>('select current_database() as name');
  const { MikroORM } = await import('@mikro-orm/postgresql');
  const orm = await MikroORM.init({
    ...(await common('postgresql', isMigrationDue)),
    dbName: rows[0]?.name ?? '',
    driverOptions: new LosableDialect({ pool }),
  });
  return await opened(orm, isMigrationDue);
}

/** What migrates is loaded only where a migration is due. */
async function common(dialect: Dialect, isMigrationDue: boolean) {
  const migrations = isMigrationDue ? (await import('./migrator.ts')).migratorFor(dialect) : {};
  return { entities, ensureDatabase: false, ...migrations };
}

interface KyselyConnection {
  getClient(): Kysely<unknown>;
}

type Orm = Awaited<ReturnType<typeof import('@mikro-orm/sql').MikroORM.init>>;

async function opened(orm: unknown, isMigrationDue: boolean): Promise<OpenedOrm> {
  const { em, close } = orm as Orm;
  if (isMigrationDue) await (orm as Orm).migrator.up();
  return {
    // The entity manager's own transactions keep a connection for ever when beginning or committing fails.
    transactional: (work) =>
      (em.getConnection() as unknown as KyselyConnection).getClient().transaction().execute(work),
    close: () => close.call(orm, true),
  };
}
