/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { pruneChanges } from '#events';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';
import { describeEachStore, type NewPlace, sqlitePlaces } from '../systems/postgres/index.ts';
import { allArrived, customer, openTopics, type TopicsWorld } from './topics-world.ts';

/** What every transport promises to whoever follows its topics. */
function contract(newPlace: NewPlace, brokers: () => readonly string[] | undefined) {
  let world: TopicsWorld;
  const open = async () => {
    const found = brokers();
    world = await openTopics(await newPlace(), { prefix: `t${randomUUID()}`, ...(found && { brokers: found }) });
    return world;
  };
  afterEach(() => world.close());

  test('every change arrives in order per key, and a state for each record', async () => {
    const { see, follow, topic, id } = await open();
    const changes = await follow('all', [topic('changes')]);
    const states = await follow('states', [topic('state')]);
    for (let version = 1; version <= 5; version += 1) {
      const records = Array.from({ length: 20 }, (_, index) => ({
        key: String(index),
        version,
        mapped: [customer({ number: String(index), name: `Name ${version}`, cardToken: `tok_${version}` })],
      }));
      await see('erp', 'partner', ...records);
    }
    await see('erp', 'partner', { key: '3', version: 9, deleted: true });
    expect(await allArrived(world, changes)).toBe(101);
    const gone = (await id('erp', 'partner', '3')) ?? '';
    const kept = (await id('erp', 'partner', '4')) ?? '';
    await until('the last states', () => states.received.get(gone)?.at(-1)?.value === null);
    await until('the others', () => states.sequences(kept).at(-1) === 5);
    const last = changes.received.get(kept)?.at(-1);
    expect(JSON.parse(last?.value ?? '')).toMatchObject({
      op: 'update',
      before: { id: kept, name: 'Name 4' },
      after: { id: kept, name: 'Name 5' },
      changed: ['name'],
      owners: { name: 'erp' },
    });
    expect(last?.headers).toMatchObject({ ce_specversion: '1.0', ce_subject: kept, ce_origin: 'erp' });
    expect(JSON.stringify([...changes.received.values(), ...states.received.values()])).not.toContain('tok_');
  });

  test('a group goes on where it stood, and what its handler refused comes again', async () => {
    const { see, follow, topic, id } = await open();
    const customers = (version: number) =>
      Array.from({ length: 6 }, (_, index) => ({
        key: String(index),
        version,
        mapped: [customer({ number: String(index), name: `Name ${version}` })],
      }));
    await see('erp', 'partner', ...customers(1));
    let refusals = 0;
    const refused = (await id('erp', 'partner', '2')) ?? '';
    const first = await follow('group', [topic('changes')], ({ key }) => {
      if (key === refused && refusals++ < 2) throw new Error('not now');
    });
    await allArrived(world, first);
    expect(refusals).toBe(3);
    await first.stop();
    await see('erp', 'partner', ...customers(2));
    const second = await follow('group', [topic('changes')]);
    await until('the changes since', () => second.sequences(refused).join() === '2');
    const other = await follow('another', [topic('changes')]);
    await allArrived(world, other);
    expect([...second.received.values()].flat().every(({ headers }) => headers.ce_sequence?.endsWith('2'))).toBe(true);
  });

  test('a merge tells of both, with the survivor', async () => {
    const { see, follow, topic, id } = await open();
    await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ number: '1', name: 'Ada' })] });
    await see('crm', 'account', { key: 'A', version: 1, mapped: [customer({ name: 'Ada' })] });
    const claim = { alsoKnownAs: [{ connection: 'erp', stream: 'partner', key: '1' }] };
    await see('crm', 'account', { key: 'A', version: 2, mapped: [{ ...customer({ name: 'Ada' }), ...claim }] });
    const changes = await follow('all', [topic('changes')]);
    await allArrived(world, changes);
    const survivor = await id('erp', 'partner', '1');
    const merged = [...changes.received.values()].flat().find(({ value }) => value?.includes('"merge"'));
    expect(JSON.parse(merged?.value ?? '')).toMatchObject({ op: 'merge', otherId: survivor, after: null });
  });
}

describeEachStore('the embedded log', (newPlace) => {
  describe('as every transport', () => contract(newPlace, () => undefined));

  test('a reader of what is no longer kept is told so, with the date', async () => {
    const world = await openTopics(await newPlace(), { prefix: 'gone' });
    try {
      const see = (version: number) =>
        world.see('erp', 'partner', { key: '1', version, mapped: [customer({ name: `Name ${version}` })] });
      await see(1);
      const before = await world.follow('slow', [world.topic('changes')]);
      await allArrived(world, before);
      await before.stop();
      await see(2);
      await see(3);
      const reader = await world.follow('quick', [world.topic('changes')]);
      await allArrived(world, reader);
      expect(await pruneChanges(world.store, world.store.clock() + 1, { keptFor: ['group:slow'] })).toBe(1);
      expect(await pruneChanges(world.store, world.store.clock() + 1)).toBe(2);
      await see(4);
      const late = await world.follow('slow', [world.topic('changes')]);
      await expect(late.failed).rejects.toMatchObject({ code: 'GONE', message: expect.stringMatching(/20\d\d-/) });
      expect(late.received.size).toBe(0);
      await until('the reader that kept up', () => [...reader.received.values()].flat().length === 4);
    } finally {
      await world.close();
    }
  });

  test('values that are too large for a message leave a reference', async () => {
    const world = await openTopics(await newPlace(), { prefix: 'large' });
    try {
      const manager = 'x'.repeat(1_000_000);
      await world.see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'Ada', manager })] });
      const reader = await world.follow('all', [world.topic('changes')]);
      await allArrived(world, reader);
      const [message] = [...reader.received.values()].flat();
      expect(message?.headers).toMatchObject({ ce_reference: 'true' });
      expect(JSON.parse(message?.value ?? '')).toMatchObject({ op: 'create', before: null, after: null });
    } finally {
      await world.close();
    }
  });
});

describeKafka('Kafka', () => {
  const places = sqlitePlaces();
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka();
  }, INSTALLED_WITHIN_MS);
  afterAll(() => cluster?.stop());

  test('a topic of another shape is refused by name', async () => {
    const admin = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({
      topics: [
        { topic: 'shape.changes.Customer', numPartitions: 3, replicationFactor: 1 },
        { topic: 'shape.state.Customer', numPartitions: 12, replicationFactor: 1 },
      ],
    });
    await admin.disconnect();
    const refused = openTopics(await places(), { prefix: 'shape', brokers: cluster.brokers });
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(refused).rejects.toThrow(
      /shape\.changes\.Customer has 3 partitions instead of 12.*shape\.state\.Customer has the cleanup\.policy "delete" instead of "compact"/s,
    );
  });

  test('brokers that are away at the start are waited for', async () => {
    const world = await openTopics(await places(), { prefix: 'away', brokers: ['127.0.0.1:1'] });
    try {
      await world.see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'Ada' })] });
      expect(world.errors[0]).toMatchObject({ code: 'TRANSIENT' });
    } finally {
      await world.close();
    }
  });

  describeEachStore('topics', (newPlace) => {
    describe('as every transport', () => contract(newPlace, () => cluster.brokers));
  });
});
