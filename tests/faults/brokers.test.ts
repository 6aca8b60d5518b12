/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import type { ProduceFault } from '../support/kafka-proxy.ts';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaNode } from '../systems/kafka/index.ts';
import { sqlitePlaces } from '../systems/postgres/index.ts';
import { expectFlawless } from './hub-judge.ts';
import { readValues } from './oracle.ts';
import { type ProxiedKafka, startProxiedKafka } from './proxied-kafka.ts';
import { WritingHub } from './writing-hub.ts';

describeKafka('three brokers under faults', () => {
  const newPlace = sqlitePlaces();
  let kafka: ProxiedKafka;
  let hub: WritingHub | undefined;
  beforeAll(async () => {
    kafka = await startProxiedKafka(3);
  }, INSTALLED_WITHIN_MS);
  afterEach(async () => {
    await hub?.kill();
    for (const proxy of kafka.proxies) proxy.release();
  });
  afterAll(() => kafka?.stop());

  const open = async (prefix: string) => {
    const place = await newPlace();
    const writing = new WritingHub({
      ...{ place, prefix, brokers: kafka.proxied, writer: 'hub', records: 100, pageSize: 10, pageEveryMs: 60 },
      ...{ leaseMs: 3000, seed: 1 },
    });
    hub = writing;
    await writing.start();
    await until('some pages', () => writing.committed.size > 60);
    return {
      /** So much more is written meanwhile, as the hub itself tells. */
      more: async (pages: number) => {
        const latest = () => Math.max(...writing.committed.values());
        for (let page = 0; page < pages; page += 1) {
          const before = latest();
          await until('another page', () => latest() > before);
        }
      },
      judge: () => expectFlawless(place, { brokers: kafka.brokers, prefix }, [writing]),
    };
  };
  const leaderOf = async (topic: string): Promise<number> => {
    const admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    return topics[0]!.partitions[0]!.leader - 1;
  };

  test('a leader killed with a send under way loses nothing: it goes to the next leader', async () => {
    const { more, judge } = await open('leader');
    const leader = await leaderOf('leader.changes.Customer');
    kafka.proxies[leader]!.hold('before');
    await until('sends to be kept back', () => kafka.proxies[leader]!.held > 0);
    await kafka.nodes[leader]!.kill();
    kafka.proxies[leader]!.release();
    await more(20);
    await kafka.nodes[leader]!.start();
    await judge();
  });

  test('the controller killed and back, then each broker restarted in order, lose nothing', async () => {
    const { more, judge } = await open('controller');
    const restart = async (node: KafkaNode, end: () => Promise<void>) => {
      await end();
      await more(5);
      await node.start();
      await more(5);
    };
    const controller = await kafka.controller();
    await restart(controller, () => controller.kill());
    for (const node of kafka.nodes) await restart(node, () => node.shutDown());
    await judge();
  });

  test.each<ProduceFault>(['before', 'after'])(
    'lines cut under load %s the broker stores lose nothing, on three brokers at once',
    async (kind) => {
      const { judge } = await open(`cut-${kind}`);
      const faults = () => kafka.proxies.reduce((sum, proxy) => sum + proxy.faults, 0);
      const before = faults();
      for (const proxy of kafka.proxies) proxy.fail(kind, 5, 5);
      await until('the faults', () => faults() - before >= 12, 60_000);
      await judge();
    },
    240_000,
  );

  test('the naive way, one send for partitions of several leaders, loses acknowledged messages there', async () => {
    const topic = `naive-${randomUUID()}`;
    const admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 6, replicationFactor: 3 }], waitForLeaders: true });
    await admin.disconnect();
    const naive = new Kafka({ brokers: [...kafka.proxied], logLevel: logLevel.NOTHING, retry: { retries: 12 } });
    const producer = naive.producer();
    await producer.connect();
    const send = async (name: string) => {
      const messages = Array.from({ length: 60 }, (_, at) => ({ value: `${name}-${at}`, partition: at % 6 }));
      await producer.send({ topic, acks: -1, messages });
      return messages.map(({ value }) => value);
    };
    const acknowledged = await send('whole');
    const leader = await leaderOf(topic);
    kafka.proxies[leader]!.hold('before');
    const sending = send('torn');
    await until('its part to be kept back', () => kafka.proxies[leader]!.held > 0);
    await kafka.nodes[leader]!.kill();
    kafka.proxies[leader]!.release();
    acknowledged.push(...(await sending));
    await producer.disconnect();
    await kafka.nodes[leader]!.start();
    const stored = await readValues(kafka.brokers, topic);
    expect(acknowledged).toHaveLength(120);
    expect(acknowledged.filter((value) => !stored.has(value))).toHaveLength(20);
  });
});
