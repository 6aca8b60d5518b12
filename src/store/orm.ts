/** MikroORM over a connection that is ours: it runs migrations, and is loaded only where one is due. */
import { Migration, Migrator } from '@mikro-orm/migrations';
import type { Database } from 'better-sqlite3';
import { PostgresDialect, SqliteDialect } from 'kysely';
import type pg from 'pg';
import { entities } from './entities.ts';
import { hubMigrations, MIGRATION_TABLE } from './migrations.ts';
import type { Dialect } from './store.ts';

/** The connection is left open, as it is its owner's. */
export async function migrateSqlite(database: Database): Promise<void> {
  const { MikroORM } = await import('@mikro-orm/sqlite');
  const driverOptions = new SqliteDialect({ database });
  const orm = await MikroORM.init({ ...common('sqlite'), dbName: database.name, driverOptions });
  await orm.migrator.up();
}

/** The pool is left open, as it is its owner's. */
export async function migratePostgres(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ readonly name: string }>('select current_database() as name');
  const { MikroORM } = await import('@mikro-orm/postgresql');
  const driverOptions = new PostgresDialect({ pool });
  const orm = await MikroORM.init({ ...common('postgresql'), dbName: rows[0]?.name ?? '', driverOptions });
  await orm.migrator.up();
}

function common(dialect: Dialect) {
  const migrationsList = hubMigrations(dialect).map(({ name, statements }) => ({
    name,
    class: class extends Migration {
      override up(): void {
        for (const statement of statements) this.addSql(statement);
      }
    },
  }));
  return {
    entities,
    extensions: [Migrator],
    ensureDatabase: false,
    migrations: {
      migrationsList,
      tableName: MIGRATION_TABLE,
      snapshot: false,
      silent: true,
      disableForeignKeys: false,
    },
  };
}
