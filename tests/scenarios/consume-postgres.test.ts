/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { startExample } from '../support/example-process.ts';
import type { StartedProcess } from '../support/started-process.ts';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';
import { joinPostgres, type PostgresServer, sqlitePlaces } from '../systems/postgres/index.ts';
import { committed, customer, openTopics, type TopicsWorld } from './topics-world.ts';

const KEYS = 60;
const VERSIONS = 40;

describeKafka('the service of the example', () => {
  const newPlace = sqlitePlaces();
  let cluster: KafkaCluster;
  let server: PostgresServer;
  beforeAll(async () => {
    [cluster, server] = await Promise.all([startKafka(), joinPostgres()]);
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await cluster?.stop();
    await server?.leave();
  });

  test('does each change once, whatever is killed, stopped or forgotten', async () => {
    const url = await server.createDatabase();
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    const prefix = `t${randomUUID()}`;
    const world = await openTopics(await newPlace(), { prefix, brokers: cluster.brokers });
    const env = { DATABASE_URL: url, KAFKA_BROKERS: cluster.brokers.join(), PREFIX: prefix };
    const start = () => startExample('consume-postgres/service.ts', env);
    const members = new Set<StartedProcess>();
    try {
      for (const member of [start(), start()]) members.add(member);
      await Promise.all([...members].map((member) => member.printed(/consuming/)));
      const writing = write(world);
      for (const [at, fault] of [
        [150, 'SIGKILL'],
        [500, 'SIGSTOP'],
        [900, 'SIGKILL'],
        [1500, 'SIGKILL'],
      ] as const) {
        await until('more effects', async () => (await effects(pool)) >= at + Math.random() * 200, 60_000);
        const chosen = [...members][Math.floor(Math.random() * members.size)]!;
        chosen.signal(fault);
        if (fault === 'SIGKILL') {
          members.delete(chosen);
          const next = start();
          members.add(next);
          await next.printed(/consuming/);
        } else {
          const before = await effects(pool);
          await until('the other one to go on alone', async () => (await effects(pool)) > before + 100, 60_000);
          chosen.signal('SIGCONT');
        }
      }
      await writing;
      await all(world, pool);
      for (const member of members) member.signal('SIGTERM');
      await Promise.all([...members].map(({ ended }) => ended));
      members.clear();
      await forgetGroup(cluster);
      const last = start();
      members.add(last);
      await world.see('erp', 'partner', ...page(VERSIONS + 1));
      await all(world, pool);
      last.signal('SIGTERM');
      await last.ended;
      expect(last.output()).toMatch(`"handled":${KEYS},"known":0`);
    } finally {
      for (const member of members) member.signal('SIGKILL');
      await pool.end();
      await world.close();
    }
  }, 480_000);
});

function page(version: number) {
  return Array.from({ length: KEYS }, (_, index) => ({
    key: String(index),
    version,
    mapped: [customer({ number: String(index), name: `Name ${version}` })],
  }));
}

async function write(world: TopicsWorld): Promise<void> {
  for (let version = 1; version <= VERSIONS; version += 1) await world.see('erp', 'partner', ...page(version));
}

async function effects(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('select count(*) as count from customer_change');
  return Number(rows[0].count);
}

/** Every change that the hub committed took effect, once; the table of the service says the same. */
async function all(world: TopicsWorld, pool: pg.Pool): Promise<void> {
  const expected = await committed(world);
  const total = [...expected.values()].reduce((sum, { length }) => sum + length, 0);
  await until('all effects', async () => (await effects(pool)) >= total, 90_000);
  const { rows } = await pool.query(
    `select customer, array_agg(sequence::int) as sequences from customer_change group by customer`,
  );
  const done = new Map(rows.map(({ customer: key, sequences }) => [key, sequences.toSorted(byNumber)]));
  expect(done).toEqual(new Map(expected));
  const kept = await pool.query('select id, changes, name from customer');
  for (const { id, changes } of kept.rows) expect([id, changes]).toEqual([id, expected.get(id)?.length]);
}

const byNumber = (left: number, right: number) => left - right;

/** As an operator does, or a broker after the group was away for a week. */
async function forgetGroup({ brokers }: KafkaCluster): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await until('the group to be gone', async () => {
    const [answer] = await admin.deleteGroups(['customer-directory']);
    return answer?.errorCode === 0 || answer?.errorCode === undefined;
  });
  await admin.disconnect();
}
