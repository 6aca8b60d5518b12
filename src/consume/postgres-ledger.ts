import { TransientError } from '#sdk';
import { decodeValue } from './bytes.ts';
import { TakenOverError } from './errors.ts';
import type { EventPlace } from './event.ts';
import {
  type Claim,
  type Ledger,
  type LedgerEntries,
  OLDEST,
  type ParkedEvent,
  type ParkedReason,
  type PartitionMemory,
  type Place,
} from './ledger.ts';

/** What `pg`'s pools and clients offer; any client that speaks like them will do. */
export interface PostgresClient {
  // biome-ignore lint/suspicious/noExplicitAny: rows have the shape of their statement
  query(text: string, values?: unknown[]): Promise<{ readonly rows: any[]; readonly rowCount: number | null }>;
}
export interface PostgresPool<C extends PostgresClient> {
  connect(): Promise<
    C & {
      release(destroy?: boolean): void;
      on?(event: 'error', listener: () => void): unknown;
      off?(event: 'error', listener: () => void): unknown;
    }
  >;
}

export interface PostgresLedgerOptions {
  /** Tells consumers of one database apart; members that share the work have the same. */
  readonly name: string;
  /**
   * A process that stops moving inside a transaction holds its partition for so long. PostgreSQL then ends its session,
   * with nothing done, and another member goes on.
   */
  readonly stoppedAfterMs?: number;
}

/** The tables, in the consumer's own database. Safe to run at every start. */
export const POSTGRES_LEDGER_TABLES = `
create table if not exists consumer_position (
  consumer text not null, topic text not null, "partition" integer not null,
  epoch bigint not null, position bigint, incarnations jsonb not null,
  primary key (consumer, topic, "partition"));
create table if not exists consumer_sequence (
  consumer text not null, topic text not null, key text not null,
  incarnation text not null, sequence bigint not null,
  primary key (consumer, topic, key));
create table if not exists consumer_parked (
  consumer text not null, topic text not null, "partition" integer not null, "offset" bigint not null,
  key text not null, value bytea, headers text not null, reason text not null, error text not null,
  at timestamptz not null,
  primary key (consumer, topic, "partition", "offset"));
create index if not exists consumer_parked_key on consumer_parked (consumer, topic, key);
`;

/** Keeps what a consumer remembers in its own PostgreSQL, in the transaction of the effect: `context.tx`. */
export function postgresLedger<C extends PostgresClient>(
  pool: PostgresPool<C>,
  { name, stoppedAfterMs = 30_000 }: PostgresLedgerOptions,
): Ledger<C> {
  const transaction = async <T>(work: (client: C) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    // A session that is ended from the other side also fails the statement under way, which is enough.
    client.on?.('error', ignore);
    let isBroken = true;
    try {
      await client.query('begin');
      await client.query(`set local idle_in_transaction_session_timeout = ${Math.round(stoppedAfterMs)}`);
      const result = await work(client);
      await client.query('commit');
      isBroken = false;
      return result;
    } catch (error) {
      isBroken = await client.query('rollback').then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.off?.('error', ignore);
      client.release(isBroken);
    }
  };
  return {
    isTransactional: true,
    claim: (place) =>
      transaction(async (client) => {
        const { rows } = await client.query(
          `insert into consumer_position as own (consumer, topic, "partition", epoch, incarnations)
           values ($1, $2, $3, 1, '[]')
           on conflict (consumer, topic, "partition") do update set epoch = own.epoch + 1
           returning epoch, position, incarnations`,
          [name, place.topic, place.partition],
        );
        return { topic: place.topic, partition: place.partition, ...held(rows[0]) };
      }),
    renew: (claim) =>
      transaction(async (client) => {
        const { epoch, ...memory } = await lock(client, name, claim);
        if (epoch !== claim.epoch) throw takenOver(name, claim);
        return { ...claim, ...memory };
      }),
    run: (claim, work) =>
      transaction(async (client) => {
        const { epoch, position } = await lock(client, name, claim);
        if (epoch !== claim.epoch) throw takenOver(name, claim);
        if (position !== claim.position) {
          throw new TransientError(`Partition ${claim.partition} of ${claim.topic} stands at ${position}.`);
        }
        return await work(entriesOf(client, name, claim));
      }),
    hold: (place, work) =>
      transaction(async (client) => {
        const memory = await lock(client, name, place);
        return await work(entriesOf(client, name, place), memory);
      }),
    beginAnew: () =>
      transaction(async (client) => {
        await client.query(
          `update consumer_position set epoch = epoch + 1, position = $2, incarnations = '[]' where consumer = $1`,
          [name, OLDEST],
        );
      }),
    parked: () =>
      transaction(async (client) => {
        const { rows } = await client.query(
          'select * from consumer_parked where consumer = $1 order by topic, "partition", "offset"',
          [name],
        );
        return rows.map(parkedEvent);
      }),
  };
}

const ignore = () => {};

interface Held extends PartitionMemory {
  readonly epoch: number;
}

/** The partition's row, locked until the transaction ends. */
async function lock(client: PostgresClient, name: string, { topic, partition }: Place): Promise<Held> {
  const { rows } = await client.query(
    `select epoch, position, incarnations from consumer_position
     where consumer = $1 and topic = $2 and "partition" = $3 for update`,
    [name, topic, partition],
  );
  return held(rows[0]);
}

function held(row: { epoch: string; position: string | null; incarnations: readonly string[] } | undefined): Held {
  if (!row) return { epoch: 0, position: undefined, incarnations: [] };
  const { epoch, position, incarnations } = row;
  return { epoch: Number(epoch), position: position === null ? undefined : Number(position), incarnations };
}

function takenOver(name: string, { topic, partition }: Place): TakenOverError {
  return new TakenOverError(`Partition ${partition} of ${topic} is consumed by another member of "${name}" by now.`);
}

function entriesOf<C extends PostgresClient>(client: C, name: string, place: Place | Claim): LedgerEntries<C> {
  const { topic, partition } = place;
  return {
    tx: client,
    async known(keys) {
      const { rows } = await client.query(
        'select key, incarnation, sequence from consumer_sequence where consumer = $1 and topic = $2 and key = any($3)',
        [name, topic, keys.map(storable)],
      );
      return new Map<string, EventPlace>(
        rows.map(({ key, incarnation, sequence }) => [key, { incarnation, sequence: Number(sequence) }]),
      );
    },
    async remember(known) {
      if (known.size === 0) return;
      const places = [...known.values()];
      await client.query(
        `insert into consumer_sequence (consumer, topic, key, incarnation, sequence)
         select $1, $2, * from unnest($3::text[], $4::text[], $5::bigint[])
         on conflict (consumer, topic, key) do update set incarnation = excluded.incarnation, sequence = excluded.sequence`,
        [name, topic, [...known.keys()], places.map((at) => at.incarnation), places.map((at) => at.sequence)],
      );
    },
    async parkedKeys(keys) {
      const { rows } = await client.query(
        'select distinct key from consumer_parked where consumer = $1 and topic = $2 and key = any($3)',
        [name, topic, keys.map(storable)],
      );
      return new Set(rows.map(({ key }) => key));
    },
    async parkedCount() {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`isthmus-consumer:${name}`]);
      const { rows } = await client.query(
        `select count(*) as count from consumer_parked where consumer = $1 and reason <> 'waiting'`,
        [name],
      );
      return Number(rows[0].count);
    },
    async parkedOf(key) {
      const { rows } = await client.query(
        `select * from consumer_parked where consumer = $1 and topic = $2 and "partition" = $3 and key = $4
         order by "offset"`,
        [name, topic, partition, storable(key)],
      );
      return rows.map(parkedEvent);
    },
    async park(events) {
      for (const { message, reason, error, at } of events) {
        const value = message.bytes ?? (message.value === null ? null : Buffer.from(message.value));
        await client.query(
          `insert into consumer_parked (consumer, topic, "partition", "offset", key, value, headers, reason, error, at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
          [
            ...[name, topic, partition, message.offset, storable(message.key), value && Buffer.from(value)],
            ...[JSON.stringify(message.headers), reason, storable(error), at],
          ],
        );
      }
    },
    async unpark(events) {
      await client.query(
        `delete from consumer_parked where consumer = $1 and topic = $2 and "partition" = $3 and "offset" = any($4)`,
        [name, topic, partition, events.map(({ message }) => message.offset)],
      );
    },
    async moveTo({ position, incarnations }) {
      await client.query(
        `update consumer_position set position = $4, incarnations = $5
         where consumer = $1 and topic = $2 and "partition" = $3`,
        [name, topic, partition, position ?? null, JSON.stringify(incarnations)],
      );
    },
  };
}

/** PostgreSQL's texts cannot hold this one character. Canonical ids never have it, broken messages may. */
const storable = (text: string) => text.replaceAll('\0', '\ufffd');

function parkedEvent(row: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: string;
  readonly reason: ParkedReason;
  readonly error: string;
  readonly at: Date;
}): ParkedEvent {
  const { topic, partition, key, value, headers, reason, error, at } = row;
  const message = { key, headers: JSON.parse(headers), offset: Number(row.offset), ...decodeValue(value) };
  return { topic, partition, message, reason, error, at };
}
