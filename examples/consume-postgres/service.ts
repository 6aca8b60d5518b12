/**
 * A service that keeps its own table of customers. What it does with an event, where it stands and what it could not
 * handle are one transaction of its own database: whatever is killed, each change takes effect once.
 *
 * Run with: DATABASE_URL=postgresql://… KAFKA_BROKERS=localhost:9092 node examples/consume-postgres/service.ts
 */
import { readFileSync } from 'node:fs';
import { type ConsumedEvent, consume, hub, kafka, POSTGRES_LEDGER_TABLES, postgresLedger } from 'isthmus/consume';
import pg from 'pg';

const { DATABASE_URL, KAFKA_BROKERS, HUB_URL = 'http://127.0.0.1:4000', PREFIX = 'isthmus' } = process.env;
const NAME = 'customer-directory';

const pool = new pg.Pool({ connectionString: DATABASE_URL });
// A connection that breaks while it is idle is replaced by the next one.
pool.on('error', (error) => console.error(error.message));

async function prepare(): Promise<void> {
  const client = await pool.connect();
  try {
    // Members that start together take turns.
    await client.query('select pg_advisory_lock(4711)');
    await client.query(POSTGRES_LEDGER_TABLES);
    await client.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
    await client.query('select pg_advisory_unlock(4711)');
  } finally {
    client.release();
  }
}

/** All by `tx`: what is written by another connection is not undone with the event. */
async function take(event: ConsumedEvent<'Customer'>, tx: pg.PoolClient): Promise<void> {
  if (event.kind !== 'change') return;
  const { key, sequence, op, at, after } = event;
  await tx.query('insert into customer_change values ($1, $2, $3, $4)', [key, sequence, op, at]);
  if (after === null) {
    await tx.query('delete from customer where id = $1', [key]);
    return;
  }
  await tx.query(
    `insert into customer as own values ($1, $2, $3, 1)
     on conflict (id) do update set number = excluded.number, name = excluded.name, changes = own.changes + 1`,
    [key, after.number ?? null, after.name ?? null],
  );
}

await prepare();
const consumer = await consume({
  source: KAFKA_BROKERS
    ? kafka({ brokers: KAFKA_BROKERS.split(','), groupId: NAME, sessionTimeoutMs: 6000 })
    : hub({ url: HUB_URL }),
  prefix: PREFIX,
  entities: ['Customer'],
  ledger: postgresLedger<pg.PoolClient>(pool, { name: NAME, stoppedAfterMs: 3000 }),
  handle: (event, { tx }) => take(event, tx),
  onNotice(notice) {
    const reason = 'error' in notice ? String(notice.error) : '';
    console.log(`${notice.kind} ${reason}`);
  },
});
console.log('consuming');

process.once('SIGTERM', async () => {
  await consumer.stop();
  await pool.end();
  console.log(JSON.stringify(consumer.stats()));
});
consumer.failed.catch((error) => {
  console.error(`${error.code}: ${error.message}`);
  process.exit(1);
});
