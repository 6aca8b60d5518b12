/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { createEnvelope, openKafka, type PublishingTransport, sequenceOf, startRelay, type Transport } from '#events';
import type { Store } from '#store';
import { type KafkaProxy, type ProduceFault, startKafkaProxy } from '../support/kafka-proxy.ts';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';
import { sqlitePlaces } from '../systems/postgres/index.ts';
import { openWorld } from './observe-world.ts';
import { allArrived, customer, follow, openTopics, type TopicsWorld } from './topics-world.ts';

describeKafka('topics under faults', () => {
  const newPlace = sqlitePlaces();
  let proxy: KafkaProxy;
  let cluster: KafkaCluster;
  beforeAll(async () => {
    proxy = await startKafkaProxy();
    cluster = await startKafka({ advertisedProxies: [proxy.port] });
    proxy.lead(cluster.nodes[0]!.proxiedPort);
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await cluster?.stop();
    await proxy?.stop();
  });

  const readDirectly = (topics: readonly string[]) =>
    openKafka({
      brokers: cluster.brokers,
      clientId: 'reader',
      topics: [],
      replication: undefined,
      retentionDays: 7,
    }).then(async (transport) => ({ transport, follower: await follow(transport, randomUUID(), topics) }));

  /** Pages of the same records, each a version further. */
  async function change(world: Pick<TopicsWorld, 'see'>, from: number, to: number, records = 30): Promise<void> {
    for (let version = from; version <= to; version += 1) {
      await world.see(
        'erp',
        'partner',
        ...Array.from({ length: records }, (_, index) => ({
          key: String(index),
          version,
          mapped: [customer({ number: String(index), name: `Name ${version}` })],
        })),
      );
    }
  }

  test.each<ProduceFault>(['before', 'after'])(
    'nothing is lost or out of order when the line is cut %s the broker stores',
    async (kind) => {
      const world = await openTopics(await newPlace(), { prefix: kind, brokers: [`127.0.0.1:${proxy.port}`] });
      const { transport, follower } = await readDirectly([world.topic('changes')]);
      try {
        const faultsBefore = proxy.faults;
        proxy.fail(kind, 3, 25);
        for (let round = 0; round < 10; round += 1) {
          await change(world, round * 4 + 1, round * 4 + 4);
          await until('the next fault', () => proxy.faults >= faultsBefore + round + 1);
        }
        expect(await allArrived(world, follower, 60_000)).toBe(1200);
        expect(proxy.faults - faultsBefore).toBeGreaterThanOrEqual(10);
      } finally {
        await transport.close();
        await world.close();
      }
    },
    90_000,
  );

  test('the naive way loses acknowledged messages: the reason for one outstanding send', async () => {
    const topic = `naive-${randomUUID()}`;
    const direct = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
    const admin = direct.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    const kafka = new Kafka({ brokers: [`127.0.0.1:${proxy.port}`], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    proxy.fail('after', 10, 30);
    const acknowledged = new Set<string>();
    const values = Array.from({ length: 600 }, (_, index) => String(index));
    const sendAll = async () => {
      for (let value = values.shift(); value !== undefined; value = values.shift()) {
        for (;;) {
          try {
            await producer.send({ topic, acks: -1, messages: [{ key: 'k', value, partition: 0 }] });
            acknowledged.add(value);
            break;
          } catch {
            // Sent again, as applications do.
            await wait(20);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: 50 }, sendAll));
    await producer.disconnect();
    const [offsets] = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const stored = await readAll(direct, topic, Number(offsets?.high));
    expect(acknowledged.size).toBe(600);
    expect([...acknowledged].filter((value) => !stored.has(value)).length).toBeGreaterThan(0);
  }, 60_000);

  test('a killed broker comes back, and what was committed meanwhile is published', async () => {
    const world = await openTopics(await newPlace(), { prefix: 'killed', brokers: cluster.brokers });
    try {
      await change(world, 1, 5);
      await cluster.nodes[0]!.kill();
      await change(world, 6, 10);
      await cluster.nodes[0]!.start();
      await change(world, 11, 15);
      const { transport, follower } = await readDirectly([world.topic('changes')]);
      try {
        expect(await allArrived(world, follower, 60_000)).toBe(450);
      } finally {
        await transport.close();
      }
    } finally {
      await world.close();
    }
  }, 120_000);

  test('of two relays one publishes; one that was paused cannot mark, and what it wrote late does no harm', async () => {
    const world = await openWorld(await newPlace());
    const { store } = world;
    const envelope = createEnvelope(store.layout.model, store.incarnation, { prefix: 'two', personal: {} });
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const open = () =>
      openKafka({
        brokers: cluster.brokers,
        clientId: 'two',
        topics: envelope.topics,
        replication: undefined,
        retentionDays: 7,
      });
    const gate = new Gate();
    const transports = [await open(), await open()] as const;
    const timing = { pollMs: 20, leaseMs: 1000 };
    const first = await startRelay({
      ...{ store: gate.store(store), envelope, transport: gate.transport(transports[0]), onError },
      ...timing,
    });
    const [changes, states] = [envelope.topic('changes', 'Customer'), envelope.topic('state', 'Customer')];
    const { transport, follower } = await readDirectly([changes]);
    const latest = await readDirectly([states]);
    let second: Awaited<ReturnType<typeof startRelay>> | undefined;
    try {
      await change(world, 1, 2);
      await allArrived(world, follower);
      gate.holdSends();
      await change(world, 3, 4);
      const [partitions] = await store.reader.all('select count(distinct "partition") from change_row');
      await until('the first relay to stand before its writes', () => gate.waiting === 2 * Number(partitions?.[0]));
      gate.holdAll();
      second = await startRelay({ store, envelope, transport: transports[1], onError, ...timing });
      await change(world, 5, 6);
      expect(await allArrived(world, follower)).toBe(180);
      gate.open();
      await until('late states, and the holder to write those keys again', () =>
        [...latest.follower.received.values()].every((messages) => {
          const sequences = messages.map(sequenceOf);
          return sequences.lastIndexOf(4) > sequences.indexOf(6) && sequences.at(-1) === 6;
        }),
      );
      expect(latest.follower.received.size).toBe(30);
      expect(await allArrived(world, follower)).toBe(180);
    } finally {
      gate.open();
      await first.stop();
      await second?.stop();
      await Promise.all([transport, latest.transport, ...transports].map((each: Transport) => each.close()));
      await world.close();
    }
  }, 60_000);
});

/** Stops a relay where a paused machine could: after it decided to send, before it does. */
class Gate {
  waiting = 0;
  #isOpenForSends = true;
  #isOpen = true;
  #opened: (() => void)[] = [];

  holdSends(): void {
    this.#isOpenForSends = false;
  }

  holdAll(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    this.#isOpenForSends = true;
    for (const opened of this.#opened.splice(0)) opened();
  }

  store(store: Store): Store {
    return {
      ...{ dialect: store.dialect, layout: store.layout, incarnation: store.incarnation, reader: store.reader },
      clock: () => store.clock(),
      placeholder: (position) => store.placeholder(position),
      close: () => store.close(),
      write: async (work) => {
        if (!this.#isOpen) await this.#wait();
        return store.write(work);
      },
    };
  }

  transport(transport: PublishingTransport): PublishingTransport {
    return {
      ...transport,
      publish: async (...args) => {
        if (!this.#isOpenForSends) {
          this.waiting += 1;
          await this.#wait();
        }
        return transport.publish(...args);
      },
    };
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#opened.push(resolve);
    });
  }
}

async function readAll(kafka: Kafka, topic: string, end: number): Promise<ReadonlySet<string>> {
  const values = new Set<string>();
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let seen = 0;
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen += 1;
      values.add(String(message.value));
    },
  });
  await until('all that is stored', () => seen >= end);
  await consumer.disconnect();
  return values;
}
