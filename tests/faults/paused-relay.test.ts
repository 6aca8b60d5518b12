/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openKafka, PARTITIONS, sequenceOf } from '#events';
import type { Store } from '#store';
import { type Follower, follow } from '../scenarios/topics-world.ts';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';
import { missingPart, postgresPlaces } from '../systems/postgres/index.ts';
import { expectFlawless, reading } from './hub-judge.ts';
import { isRelayed } from './oracle.ts';
import { WritingHub } from './writing-hub.ts';

describeKafka('two relays on one partition', () => {
  const missing = missingPart();
  if (missing !== undefined) {
    process.stdout.write(`SKIPPED two relays on one partition: ${missing}\n`);
    test('needs PostgreSQL', () => {
      if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`Missing: ${missing}`);
    });
    return;
  }
  const newPlace = postgresPlaces();
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await startKafka();
  }, INSTALLED_WITHIN_MS);
  afterAll(() => kafka?.stop());

  test('one is stopped between its check and its write: late, it marks nothing and harms nobody', async () => {
    const place = await newPlace();
    const plan = { place, prefix: 'paused', brokers: kafka.brokers, writer: 'hub', records: 24, pageSize: 12, seed: 1 };
    // The first only relays: stopped with a page half written, it would hold the writer's rows instead.
    const paused = new WritingHub({ ...plan, pageEveryMs: 0, leaseMs: 3000 });
    const holder = new WritingHub({ ...plan, pageEveryMs: 100, leaseMs: 3000 });
    const transport = await openKafka({
      ...{ brokers: kafka.brokers, clientId: 'states', topics: [], replication: undefined, retentionDays: 7 },
    });
    try {
      await paused.start();
      await reading(place, async (store) => {
        await until('the first to hold all partitions', async () => (await leases(store)).length === PARTITIONS);
      });
      await holder.start();
      await until('most records', () => holder.committed.size >= 20, 60_000);
      const states = await follow(transport, 'states', ['paused.state.Customer']);
      await paused.pauseAtNextSend(60_000);
      const since = Date.now();
      const changed = () => [...holder.committed.values()].filter((version) => version > since).length;
      await until('most records to be changed again', () => changed() >= 20, 60_000);
      holder.stopWriting();
      await reading(place, async (store) => {
        await until('all that the holder wrote to be published', () => isRelayed(store), 60_000);
        const before = await leases(store);
        paused.goOn();
        await until('states that come late, and newer ones after them', () => cameLate(states), 60_000);
        expect(await leases(store)).toEqual(before);
      });
      await expectFlawless(place, { brokers: kafka.brokers, prefix: 'paused' }, [paused, holder]);
    } finally {
      await Promise.all([paused.kill(), holder.kill(), transport.close()]);
    }
  }, 240_000);
});

/** Who holds the partitions, and since when. */
async function leases(store: Store): Promise<readonly unknown[]> {
  return store.reader.all("select name, holder, epoch from lease where name like 'relay:%' order by name");
}

/** Some key was shown an older state than before, and in the end the newest of all. */
function cameLate({ received }: Follower): boolean {
  return [...received.values()].some((messages) => {
    const sequences = messages.map(sequenceOf);
    const isLate = sequences.some((sequence, at) => at > 0 && sequence < (sequences[at - 1] ?? 0));
    return isLate && sequences.at(-1) === Math.max(...sequences);
  });
}
