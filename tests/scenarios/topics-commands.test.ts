/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { type DeliveredMessage, findJob, listParked, pruneChanges, sequenceOf, type TopicJob } from '#events';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';
import { describeEachStore, sqlitePlaces } from '../systems/postgres/index.ts';
import { allArrived, customer, type Follower, openTopics, type TopicsWorld, withoutKnown } from './topics-world.ts';

const PARTITIONS = 12;

/** Pages of the same records, each a version further. */
async function change({ see }: Pick<TopicsWorld, 'see'>, from: number, to: number, records = 20): Promise<void> {
  for (let version = from; version <= to; version += 1) {
    const page = Array.from({ length: records }, (_, index) => ({
      key: String(index),
      version,
      mapped: [customer({ number: String(index), name: `Name ${version}` })],
    }));
    await see('erp', 'partner', ...page);
  }
}

async function ended({ store }: Pick<TopicsWorld, 'store'>, { id }: TopicJob): Promise<TopicJob> {
  return until('the job to end', async () => {
    const job = await findJob(store, id);
    return job?.state === 'running' ? undefined : job;
  });
}

const all = (follower: Follower): readonly DeliveredMessage[] => [...follower.received.values()].flat();
const typed = (follower: Follower, ending: string) =>
  all(follower).filter(({ headers }) => headers.ce_type?.endsWith(ending));
const snapshots = (follower: Follower) =>
  all(follower).filter(({ key, value }) => key !== '' && value?.includes('"op":"snapshot"'));

function checkMarkers(follower: Follower, job: TopicJob, count: number): void {
  const begun = typed(follower, '.snapshot-begun.v1').map(({ value }) => JSON.parse(value ?? ''));
  const over = typed(follower, '.snapshot-ended.v1').map(({ value }) => JSON.parse(value ?? ''));
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  expect(begun.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual(partitions);
  expect(over.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual(partitions);
  expect(new Set([...begun, ...over].map(({ snapshot }) => snapshot))).toEqual(new Set([job.id]));
  expect(over.reduce((sum, each) => sum + each.count, 0)).toBe(count);
}

describeEachStore('the hub as its own log', (newPlace) => {
  let world: TopicsWorld;
  afterEach(() => world.close());

  test('a group reads again from a moment on, also while it reads', async () => {
    world = await openTopics(await newPlace(), { prefix: 'again' });
    await change(world, 1, 2);
    const follower = await world.follow('again', [world.topic('changes')]);
    await allArrived(world, follower);
    const between = world.store.clock() + 1;
    await until('another millisecond', () => world.store.clock() > between);
    await change(world, 3, 3);
    await allArrived(world, follower);
    const before = all(follower).length;
    await world.commands.resetGroup('again', 0);
    await until('all of it again', () => all(follower).length === before * 2);
    await expect(world.commands.resetGroup('another', 0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await allArrived(world, follower)).toBe(60);
  });

  test('a group is told all records as they stand, between two markers', async () => {
    world = await openTopics(await newPlace(), { prefix: 'stand' });
    await change(world, 1, 3);
    await world.see('erp', 'partner', { key: '3', version: 9, deleted: true });
    const lines = [{ key: 'L1', values: { lineNumber: 1, description: 'Bolts' } }];
    const parts = { SalesOrderLine: { items: lines, complete: true } };
    await world.see('erp', 'order', {
      key: 'O1',
      version: 1,
      mapped: [{ entity: 'SalesOrder', values: { number: '7', note: 'n' }, parts }],
    });
    const follower = await world.follow('new', [world.topic('changes'), world.topic('changes', 'SalesOrder')]);
    await until('what is kept', () => all(follower).length === 62);
    const job = await ended(world, await world.commands.snapshot({ entity: 'Customer', group: 'new' }));
    expect(job).toMatchObject({ state: 'done', told: 19, partitions: 12, partitionsDone: 12 });
    expect(snapshots(follower)).toHaveLength(19);
    checkMarkers(follower, job, 19);
    const [record] = snapshots(follower);
    expect(record && sequenceOf(record)).toBe(3);
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      before: null,
      after: { id: record?.key, name: 'Name 3' },
      changed: [],
      owners: { name: 'erp' },
    });
    await ended(world, await world.commands.snapshot({ entity: 'SalesOrder', group: 'new' }));
    const order = snapshots(follower).find(({ headers }) => headers.ce_type === 'isthmus.SalesOrder.changed.v1');
    const created = typed(follower, '.SalesOrder.changed.v1').find(({ value }) => value?.includes('"create"'));
    expect(JSON.parse(order?.value ?? '').after).toEqual(JSON.parse(created?.value ?? '').after);
  });

  test('history goes by its age, from the front; places go on, and the error names the date', async () => {
    world = await openTopics(await newPlace(), { prefix: 'kept' });
    await change(world, 1, 2);
    const follower = await world.follow('kept', [world.topic('changes')]);
    await allArrived(world, follower);
    const offset = Math.max(...all(follower).map((message) => message.offset));
    const moment = world.store.clock() + 1;
    await until('another millisecond', () => world.store.clock() > moment);
    expect(await pruneChanges(world.store, moment)).toBe(40);
    await change(world, 3, 3);
    await until('the change since', () => all(follower).length === 60);
    expect(Math.max(...all(follower).map((message) => message.offset))).toBeGreaterThan(offset);
    expect(new Set(all(follower).map(sequenceOf))).toEqual(new Set([1, 2, 3]));
    await expect(world.commands.resetGroup('kept', moment - 1)).rejects.toMatchObject({
      code: 'GONE',
      message: expect.stringContaining(new Date(moment).toISOString()),
    });
    await world.commands.resetGroup('kept', moment);
    await until('what is kept, again', () => all(follower).length === 80);
  });
});

describeKafka('topics in Kafka', () => {
  const places = sqlitePlaces();
  let cluster: KafkaCluster;
  let kafka: Kafka;
  let admin: Admin;
  let world: TopicsWorld;
  beforeAll(async () => {
    cluster = await startKafka();
    kafka = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    await admin.connect();
  }, INSTALLED_WITHIN_MS);
  afterEach(() => world.close());
  afterAll(async () => {
    await admin?.disconnect();
    await cluster?.stop();
  });

  const open = async () => {
    world = await openTopics(await places(), { prefix: `c${randomUUID()}`, brokers: cluster.brokers });
    return world;
  };
  const followChanges = async (topic = world.topic('changes')) => {
    const follower = await world.follow(randomUUID(), [topic]);
    return follower;
  };

  test('a topic that is deleted meanwhile is named, made again, and goes on', async () => {
    await open();
    await change(world, 1, 1);
    await allArrived(world, await followChanges());
    await admin.deleteTopics({ topics: [world.topic('changes')] });
    await change(world, 2, 3);
    const told = await until('the topic in an error', () =>
      world.errors.find((error) => /was deleted, and is created again/.test(String(error))),
    );
    expect(told).toMatchObject({ code: 'TRANSIENT', details: { topic: world.topic('changes') } });
    const follower = await followChanges();
    await until('all since', () => all(follower).length === 40);
    const job = await ended(world, await world.commands.replay({ entity: 'Customer', from: 0 }));
    expect(job).toMatchObject({ state: 'done', told: 60 });
    await until('all again', () => all(follower).length === 100);
  });

  describe('a message over the limit of its topic', () => {
    test('parks its key with a dead letter; released, its changes come in order', async () => {
      await open();
      const topic = world.topic('changes');
      const limit = async (bytes: number) => {
        const entry = { name: 'max.message.bytes', value: String(bytes) };
        const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
        await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [entry] }] });
        // The answer comes from the controller, before the broker that keeps the topic has heard of it.
        await until('the limit to hold', async () => {
          const { resources } = await admin.describeConfigs({
            includeSynonyms: false,
            resources: [{ ...resource, configNames: [entry.name] }],
          });
          return resources[0]?.configEntries[0]?.configValue === entry.value;
        });
      };
      await limit(20_000);
      const letters = await followChanges(`${topic.split('.')[0]}.dead-letters`);
      await change(world, 1, 1);
      const large = customer({ number: '5', name: 'Name 2', manager: 'x'.repeat(40_000) });
      await world.see('erp', 'partner', { key: '5', version: 2, mapped: [large] });
      await change(world, 3, 4);
      const key = (await world.id('erp', 'partner', '5')) ?? '';
      const [parked] = await until('the key to be parked', async () => {
        const found = await listParked(world.store);
        return found.length > 0 ? found : undefined;
      });
      expect(parked).toMatchObject({ canonicalId: key, topic, entity: 'Customer', isReleasing: false });
      expect(world.errors).toContainEqual(expect.objectContaining({ code: 'REJECTED_RECORD' }));
      const follower = await followChanges();
      await until('the other keys', () => all(follower).length === 1 + 19 * 3);
      expect(follower.sequences(key)).toEqual([1]);
      const [letter] = await until('the dead letter', () => (letters.received.size > 0 ? all(letters) : undefined));
      expect(letter).toMatchObject({
        key,
        headers: {
          ce_type: 'isthmus.dead-letter.v1',
          ce_originaltopic: topic,
          ce_originaltype: 'isthmus.Customer.changed.v1',
          ce_code: 'REJECTED_RECORD',
          ce_reason: expect.stringContaining('refuses a message for good'),
        },
      });
      expect(JSON.parse(letter?.value ?? '').after.manager).toHaveLength(40_000);

      expect(await world.commands.release()).toBe(1);
      await until('another try in vain', async () => !(await listParked(world.store))[0]?.isReleasing);
      expect(follower.sequences(key)).toEqual([1]);
      await limit(1_000_000);
      await world.commands.release(key);
      await until('nothing parked', async () => (await listParked(world.store)).length === 0);
      await allArrived(world, follower);
      expect(follower.sequences(key)).toEqual([1, 2, 3, 4]);
      await expect(world.commands.release(key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  test('changes of a time are published again, to their own topic or another, in order', async () => {
    await open();
    await change(world, 1, 2);
    const from = world.store.clock() + 1;
    await until('another millisecond', () => world.store.clock() > from);
    await change(world, 3, 4);
    const to = world.store.clock();
    await until('another millisecond', () => world.store.clock() > to);
    await change(world, 5, 5);
    await allArrived(world, await followChanges());
    const topic = `${world.topic('changes')}.again`;
    const job = await ended(world, await world.commands.replay({ entity: 'Customer', from, to, topic }));
    expect(job).toMatchObject({ kind: 'replay', state: 'done', told: 40, topic });
    const follower = await followChanges(topic);
    await until('them in the other topic', () => all(follower).length === 40);
    for (const key of follower.received.keys()) expect(follower.sequences(key)).toEqual([3, 4]);
    for (const wrong of [
      world.commands.replay({ entity: 'Nobody', from }),
      world.commands.replay({ entity: 'Customer', from, topic: world.topic('state') }),
      world.commands.replay({ entity: 'Customer', from, topic: 'no topic' }),
    ]) {
      await expect(wrong).rejects.toMatchObject({ code: expect.stringMatching(/NOT_FOUND|NOT_SUPPORTED/) });
    }
    await until(
      'the relay to be at rest',
      async () => (await pruneChanges(world.store, from, { keptFor: ['relay'] })) === 0,
    );
    await expect(world.commands.replay({ entity: 'Customer', from: from - 1 })).rejects.toMatchObject({
      code: 'GONE',
      message: expect.stringContaining(new Date(from).toISOString()),
    });
  });

  test('states are written again, and null values for what is gone, also after a restart', async () => {
    const place = await places();
    const options = { prefix: `c${randomUUID()}`, brokers: cluster.brokers };
    world = await openTopics(place, options);
    await change(world, 1, 2);
    await world.see('erp', 'partner', { key: '3', version: 9, deleted: true });
    const gone = (await world.id('erp', 'partner', '3')) ?? '';
    await allArrived(world, await followChanges());
    const topic = world.topic('state');
    await admin.deleteTopics({ topics: [topic] });
    const created = await world.commands.rebuildStates();
    await world.close();
    world = await openTopics(place, options);
    expect(await ended(world, created)).toMatchObject({ state: 'done', told: 20 });
    const states = await followChanges(topic);
    await until('every state', () => states.received.size === 20);
    expect(states.received.get(gone)?.at(-1)?.value).toBeNull();
    const kept = [...states.received].filter(([key]) => key !== gone).map(([, messages]) => messages.at(-1));
    for (const message of kept) {
      expect(JSON.parse(message?.value ?? '')).toMatchObject({ id: message?.key, name: 'Name 2' });
      expect(message && sequenceOf(message)).toBe(2);
    }
  });

  test('a snapshot among live changes contradicts none of them', async () => {
    await open();
    await change(world, 1, 2, 200);
    const follower = await followChanges();
    await allArrived(world, follower);
    const [job] = await Promise.all([
      world.commands.snapshot({ entity: 'Customer' }).then((created) => ended(world, created)),
      change(world, 3, 6, 200),
    ]);
    expect(job).toMatchObject({ state: 'done', told: 200 });
    expect(await allArrivedBut(world, follower)).toBe(1200);
    await until('the end of every partition', () => typed(follower, '.snapshot-ended.v1').length === PARTITIONS);
    checkMarkers(follower, job, 200);
    expect(new Set(snapshots(follower).map(({ key }) => key)).size).toBe(200);
    for (const [key, messages] of follower.received) {
      if (key === '') continue;
      const last = JSON.parse(withoutKnown(messages).at(-1)?.value ?? '');
      expect(last.after.name).toBe('Name 6');
    }
  });
});

/** A snapshot may tell a state before its change does: then that change is known already. */
async function allArrivedBut(world: TopicsWorld, follower: Follower): Promise<number> {
  const told = new Map<string, Set<number>>();
  await until('every change', async () => {
    told.clear();
    for (const [key, messages] of follower.received) {
      const own = messages.filter(({ value }) => key !== '' && !value?.includes('"op":"snapshot"'));
      if (own.length > 0) told.set(key, new Set(own.map(sequenceOf)));
    }
    return [...told.values()].reduce((sum, { size }) => sum + size, 0) === (await world.changes()).length;
  });
  return [...told.values()].reduce((sum, { size }) => sum + size, 0);
}
