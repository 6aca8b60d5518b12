import { Migration, Migrator } from '@mikro-orm/migrations';
import { hubMigrations, MIGRATION_TABLE } from './migrations.ts';
import type { Dialect } from './store.ts';

/** MikroORM's settings for running the hub's migrations. */
export function migratorFor(dialect: Dialect) {
  const migrationsList = hubMigrations(dialect).map(({ name, statements }) => ({
    name,
    class: class extends Migration {
      override up(): void {
        for (const statement of statements) this.addSql(statement);
      }
    },
  }));
  return {
    extensions: [Migrator],
    migrations: {
      migrationsList,
      tableName: MIGRATION_TABLE,
      snapshot: false,
      silent: true,
      disableForeignKeys: false,
    },
  };
}
