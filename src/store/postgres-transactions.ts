import { type DatabaseConnection, Kysely, PostgresDialect, type PostgresDialectConfig, PostgresDriver } from 'kysely';
import type pg from 'pg';

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

/** Transactions by the query builder that MikroORM brings; to destroy it ends the pool. */
export function transactionsOver(pool: pg.Pool): Kysely<unknown> {
  return new Kysely({ dialect: new LosableDialect({ pool }) });
}
