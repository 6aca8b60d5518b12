/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { openStore, type Store } from '#store';
import { until } from '../support/until.ts';
import { describeKafka } from '../systems/kafka/index.ts';
import { type NewPlace, type StorePlace, sqlitePlaces } from '../systems/postgres/index.ts';
import { testModel } from '../systems/postgres/test-model.ts';
import { forgotten, isRelayed, judgeTopics } from './oracle.ts';
import { type ProxiedKafka, startProxiedKafka } from './proxied-kafka.ts';
import { seeded } from './seeded.ts';
import { WritingHub } from './writing-hub.ts';

const FLAWLESS = { lost: [], invented: [], disordered: [], stale: [] };

describeKafka('a hub killed with -9 while it publishes', () => {
  const newPlace: NewPlace = sqlitePlaces();
  let kafka: ProxiedKafka;
  let hub: WritingHub | undefined;
  beforeAll(async () => {
    kafka = await startProxiedKafka(1);
  }, 120_000);
  afterEach(async () => {
    await hub?.kill();
    kafka.proxies[0]!.release();
  });
  afterAll(() => kafka?.stop());

  const open = (place: StorePlace, prefix: string, seed = 1) => {
    hub = new WritingHub({
      ...{ place, prefix, seed, brokers: kafka.proxied, writer: 'hub', records: 60, pageSize: 15, pageEveryMs: 15 },
      leaseMs: 1000,
    });
    return hub;
  };
  const reading = async <T>(place: StorePlace, look: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openStore(place, testModel(), { role: 'reader' });
    try {
      return await look(store);
    } finally {
      await store.close();
    }
  };
  /** The last life publishes what is left; then everything must be as committed. */
  const judge = async (place: StorePlace, prefix: string, last: WritingHub) => {
    last.stopWriting();
    return reading(place, async (store) => {
      await until('all that was committed to be published', () => isRelayed(store), 60_000);
      await last.stop();
      expect(await forgotten(store, last.committed)).toEqual([]);
      const verdict = await judgeTopics(store, kafka.brokers, prefix);
      expect(verdict).toMatchObject(FLAWLESS);
      expect(verdict.committed).toBeGreaterThan(50);
      return verdict;
    });
  };

  test('between outbox and send: what was committed is sent by its next life', async () => {
    const place = await newPlace();
    const killed = open(place, 'before-send');
    await killed.start();
    await until('some pages', () => killed.committed.size > 30);
    kafka.proxies[0]!.hold('before');
    await until('sends to be kept back', () => kafka.proxies[0]!.held > 0);
    await killed.kill();
    kafka.proxies[0]!.release();
    expect(await reading(place, isRelayed)).toBe(false);
    await killed.start();
    await judge(place, 'before-send', killed);
  });

  test('between send and mark: what was sent is sent again, under the same ids', async () => {
    const place = await newPlace();
    const killed = open(place, 'after-send');
    await killed.start();
    await until('some pages', () => killed.committed.size > 30);
    kafka.proxies[0]!.hold('after');
    await until('answers to be kept back', () => kafka.proxies[0]!.held > 0);
    await killed.kill();
    kafka.proxies[0]!.release();
    await killed.start();
    expect((await judge(place, 'after-send', killed)).duplicates).toBeGreaterThan(0);
  });

  test('again and again, at any moment', async () => {
    const place = await newPlace();
    const random = seeded(3);
    const killed = open(place, 'random');
    for (let round = 0; round < 8; round += 1) {
      await killed.start();
      await wait(random.between(20, 900));
      await killed.kill();
    }
    await killed.start();
    await until('some pages', () => killed.committed.size > 100);
    await judge(place, 'random', killed);
  });
});
