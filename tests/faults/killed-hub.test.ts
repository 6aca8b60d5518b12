/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka } from '../systems/kafka/index.ts';
import { sqlitePlaces } from '../systems/postgres/index.ts';
import { expectFlawless, reading } from './hub-judge.ts';
import { isFlowing, isRelayed } from './oracle.ts';
import { type ProxiedKafka, startProxiedKafka } from './proxied-kafka.ts';
import { seeded } from './seeded.ts';
import { WritingHub } from './writing-hub.ts';

describeKafka('a hub killed with -9 while it publishes', () => {
  const newPlace = sqlitePlaces();
  let kafka: ProxiedKafka;
  let hub: WritingHub | undefined;
  beforeAll(async () => {
    kafka = await startProxiedKafka(1);
  }, INSTALLED_WITHIN_MS);
  afterEach(async () => {
    await hub?.kill();
    kafka.proxies[0]!.release();
  });
  afterAll(() => kafka?.stop());

  const open = async (prefix: string) => {
    const place = await newPlace();
    hub = new WritingHub({
      ...{ place, prefix, brokers: kafka.proxied, writer: 'hub', records: 60, pageSize: 15, pageEveryMs: 15 },
      ...{ leaseMs: 1000, seed: 1 },
    });
    return { place, killed: hub, judge: () => expectFlawless(place, { brokers: kafka.brokers, prefix }, [hub!]) };
  };

  test('between outbox and send: what was committed is sent by its next life', async () => {
    const { place, killed, judge } = await open('before-send');
    await killed.start();
    await until('some pages', () => killed.committed.size > 30);
    kafka.proxies[0]!.hold('before');
    await until('sends to be kept back', () => kafka.proxies[0]!.held > 0);
    await killed.kill();
    kafka.proxies[0]!.release();
    expect(await reading(place, isRelayed)).toBe(false);
    await killed.start();
    await judge();
  });

  test('between send and mark: what was sent is sent again, under the same ids', async () => {
    const { place, killed, judge } = await open('after-send');
    await killed.start();
    await until('some pages', () => killed.committed.size > 30);
    await until('all partitions to be sent from', () => reading(place, isFlowing));
    // Of states only the latest is sent again, which may be another by then.
    kafka.proxies[0]!.hold('after', 'after-send.changes');
    await until('answers to be kept back', () => kafka.proxies[0]!.held > 0);
    await killed.kill();
    kafka.proxies[0]!.release();
    await killed.start();
    const { duplicates } = await judge();
    expect(duplicates).toBeGreaterThan(0);
  });

  test('again and again, at any moment', async () => {
    const random = seeded(3);
    const { killed, judge } = await open('random');
    for (let round = 0; round < 8; round += 1) {
      await killed.start();
      await wait(random.between(20, 900));
      await killed.kill();
    }
    await killed.start();
    await until('some pages', () => killed.committed.size > 100);
    await judge();
  });
});
