/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import {
  type Consumer,
  type ConsumerNotice,
  consume,
  fileLedger,
  type KafkaOptions,
  kafka,
  type Ledger,
} from '#consume';
import { told } from '../support/feed-source.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';

const PARTITIONS = 2;

interface Topic {
  readonly prefix: string;
  readonly name: string;
  /** As the relay does, and as nobody should. */
  send(
    partition: number,
    ...messages: readonly { key: string; value: string | Buffer; headers: object }[]
  ): Promise<void>;
}

interface Running extends Consumer {
  readonly effects: string[];
  readonly notices: ConsumerNotice[];
}

describeKafka('consuming from Kafka', () => {
  let cluster: KafkaCluster;
  let proxyPort: number;
  let client: Kafka;
  let admin: Admin;
  const opened: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    proxyPort = await freePort();
    cluster = await startKafka({ advertisedProxies: [proxyPort] });
    client = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
    admin = client.admin();
    await admin.connect();
  }, INSTALLED_WITHIN_MS);
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  });
  afterAll(async () => {
    await admin?.disconnect();
    await cluster?.stop();
  });

  async function newLedger(): Promise<Ledger<undefined>> {
    const folder = await mkdtemp(join(tmpdir(), 'isthmus-consumer-'));
    const ledger = await fileLedger(join(folder, 'ledger.jsonl'));
    opened.push(async () => {
      await ledger.close?.();
      await rm(folder, { recursive: true });
    });
    return ledger;
  }

  /** As time does. */
  async function forgetBefore(topic: string, offset: number): Promise<void> {
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  }

  const createTopic = (name: string) =>
    admin.createTopics({ topics: [{ topic: name, numPartitions: PARTITIONS, replicationFactor: 1 }] });

  async function newTopic(): Promise<Topic> {
    const prefix = `t${randomUUID()}`;
    const name = `${prefix}.changes.Customer`;
    await createTopic(name);
    const producer = client.producer();
    await producer.connect();
    opened.push(() => producer.disconnect());
    return {
      prefix,
      name,
      send: async (partition, ...messages) => {
        await producer.send({
          topic: name,
          messages: messages.map(({ key, value, headers }) => ({ key, value, headers: { ...headers }, partition })),
        });
      },
    };
  }

  async function start(
    { prefix }: Topic,
    more: Partial<KafkaOptions> & { readonly ledger?: Ledger<undefined>; readonly handle?: () => Promise<void> } = {},
  ): Promise<Running> {
    const { ledger, handle, ...options } = more;
    const effects: string[] = [];
    const notices: ConsumerNotice[] = [];
    const consumer = await consume({
      source: kafka({ brokers: cluster.brokers, groupId: prefix, ...options }),
      ...{ prefix, entities: ['Customer'] as const, longestWaitMs: 200 },
      ...(ledger && { ledger }),
      onNotice: (notice) => notices.push(notice),
      async handle({ key, sequence }) {
        await handle?.();
        effects.push(`${key} ${sequence}`);
      },
    });
    opened.push(() => consumer.stop());
    return { ...consumer, effects, notices };
  }

  const changes = (key: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => event(key, from + index));
  const event = (key: string, sequence: number) => {
    const { value, headers } = told(0, key, sequence);
    return { key, value: value ?? '', headers };
  };

  test('poison is kept byte by byte, and without a ledger it comes again after a restart', async () => {
    const topic = await newTopic();
    const bytes = Buffer.from([0xde, 0xad, 0x00, 0xff]);
    await topic.send(0, event('A', 1), { ...event('A', 2), value: bytes }, event('B', 1), event('A', 3));
    const first = await start(topic);
    await until('the others', () => first.effects.includes('B 1') && first.stats().waiting === 1);
    const [parked] = await first.parked();
    expect(Buffer.from(parked?.message.bytes ?? [])).toEqual(bytes);
    expect(first.effects).toEqual(['A 1', 'B 1']);
    await first.stop();
    const [group] = await admin.fetchOffsets({ groupId: topic.prefix, topics: [topic.name] });
    expect(group?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('1');
    const second = await start(topic);
    await until('the same again', () => second.stats().waiting === 1);
    expect(second.effects).toEqual(['B 1']);
  });

  test('what the broker no longer keeps is told, by ledger and by group, and never jumped over', async () => {
    const topic = await newTopic();
    const ledger = await newLedger();
    await topic.send(0, ...changes('A', 1, 3));
    const first = await start(topic, { ledger });
    await until('the first ones', () => first.effects.length === 3);
    await first.stop();
    await topic.send(0, ...changes('A', 4, 9));
    await admin.setOffsets({
      ...{ groupId: topic.prefix, topic: topic.name },
      partitions: [{ partition: 0, offset: '3' }],
    });
    await forgetBefore(topic.name, 6);
    for (const more of [{ ledger }, {}]) {
      const late = await start(topic, more);
      expect(await endOf(late)).toMatchObject({ code: 'GONE', details: { position: 3, low: 6 } });
      expect(late.effects).toEqual([]);
      await late.stop();
    }
    await ledger.beginAnew();
    const anew = await start(topic, { ledger });
    await until('what is kept', () => anew.effects.length === 3);
    expect(anew.effects).toEqual(['A 7', 'A 8', 'A 9']);
    await until('the gap is told', () => anew.stats().gaps === 1);
  });

  test('a running consumer that falls behind what is kept is told so', async () => {
    const topic = await newTopic();
    await topic.send(0, ...changes('A', 1, 2));
    let calls = 0;
    let isSlow = true;
    const running = await start(topic, {
      handle: async () => {
        calls += 1;
        while (isSlow) await wait(20);
      },
    });
    await until('the first one', () => calls === 1);
    await topic.send(0, ...changes('A', 3, 9));
    await forgetBefore(topic.name, 5);
    isSlow = false;
    expect(await endOf(running)).toMatchObject({ code: 'GONE', details: { position: 2, low: 5 } });
    expect(running.effects).toEqual(['A 1', 'A 2']);
  });

  test('a topic that was made anew is told', async () => {
    const topic = await newTopic();
    const ledger = await newLedger();
    await topic.send(0, ...changes('A', 1, 5));
    const first = await start(topic, { ledger });
    await until('all', () => first.effects.length === 5);
    await first.stop();
    await admin.deleteTopics({ topics: [topic.name] });
    const isThere = async () => (await admin.listTopics()).includes(topic.name);
    await until('the topic to be gone', async () => !(await isThere()));
    // The answer to the first try may come too late, and the second then says that the topic is there.
    await until('the topic anew', async () => (await createTopic(topic.name)) || (await isThere()));
    const late = await start(topic, { ledger });
    expect(await endOf(late)).toMatchObject({ code: 'GONE', message: expect.stringMatching(/made anew/) });
  });

  test('a handler slower than the session keeps its partitions', async () => {
    const topic = await newTopic();
    await topic.send(0, ...changes('A', 1, 3));
    let calls = 0;
    const running = await start(topic, {
      sessionTimeoutMs: 6000,
      handle: async () => {
        calls += 1;
        if (calls === 1) await wait(8000);
      },
    });
    await until('all', () => running.effects.length === 3, 40_000);
    expect(running.effects).toEqual(['A 1', 'A 2', 'A 3']);
    expect(running.stats()).toMatchObject({ lost: 0, stalls: 0 });
    expect(calls).toBe(3);
  });

  test('partitions move between members, and each change takes effect in its order', async () => {
    const topic = await newTopic();
    const ledger = await newLedger();
    const members = [await start(topic, { ledger })];
    for (let round = 0; round < 6; round += 1) {
      for (const partition of [0, 1])
        await topic.send(partition, ...changes(`K${partition}`, round * 20 + 1, round * 20 + 20));
      if (round === 1) members.push(await start(topic, { ledger }));
      if (round === 4) await members[0]?.stop();
    }
    const all = () => members.flatMap(({ effects }) => effects);
    await until('all', () => all().length >= 240, 60_000);
    expect(all().toSorted()).toEqual([...all120('K0'), ...all120('K1')].toSorted());
    for (const { effects } of members) {
      for (const key of ['K0', 'K1']) {
        const own = effects.filter((effect) => effect.startsWith(key)).map((effect) => Number(effect.split(' ')[1]));
        expect(own).toEqual(own.toSorted((left, right) => left - right));
      }
    }
  });

  test('a consumer that is silently stuck is built anew', async () => {
    const topic = await newTopic();
    const swallowing = await startSwallowing(proxyPort, cluster.nodes[0]?.proxiedPort ?? 0);
    opened.push(() => swallowing.stop());
    const running = await start(topic, {
      brokers: [`127.0.0.1:${proxyPort}`],
      stalledAfterMs: 2500,
      requestTimeoutMs: 120_000,
    });
    await topic.send(0, event('A', 1));
    await until('the first one', () => running.effects.length === 1);
    swallowing.swallow();
    await until('a question without an answer', () => swallowing.swallowed > 0);
    await topic.send(0, event('A', 2));
    await until('the one after', () => running.effects.length === 2, 60_000);
    expect(running.stats().stalls).toBeGreaterThanOrEqual(1);
    expect(running.notices.some(({ kind }) => kind === 'stalled')).toBe(true);
  });

  test('a broker that is killed and comes back costs nothing', async () => {
    const topic = await newTopic();
    const ledger = await newLedger();
    const running = await start(topic, { ledger });
    await topic.send(0, ...changes('A', 1, 5));
    await until('the first ones', () => running.effects.length === 5);
    await cluster.nodes[0]?.kill();
    await cluster.nodes[0]?.start();
    await until('the broker to take more', async () => {
      await topic.send(0, ...changes('A', 6, 9));
      return true;
    });
    await until('the others', () => running.effects.includes('A 9'), 60_000);
    expect(running.effects).toEqual(changes('A', 1, 9).map((_, index) => `A ${index + 1}`));
  });

  test('a consumer that is stopped while the broker is away does not come back with it', async () => {
    const topic = await newTopic();
    const running = await start(topic);
    await topic.send(0, event('A', 1));
    await until('the first one', () => running.effects.length === 1);
    await cluster.nodes[0]?.kill();
    await until('the trouble', () => running.notices.some(({ kind }) => kind === 'trouble'));
    await running.stop();
    await cluster.nodes[0]?.start();
    await wait(3000);
    await until('the group to be without members', async () => {
      const { groups } = await admin.describeGroups([topic.prefix]);
      return groups.every(({ members }) => members.length === 0);
    });
  });
});

/** What it ended with; where it does not end, what it told instead. */
async function endOf({ failed, notices, effects }: Running): Promise<unknown> {
  let end: unknown;
  failed.catch((error) => {
    end = error;
  });
  const told = () => notices.map((notice) => `${notice.kind} ${'error' in notice ? notice.error : ''}`);
  return await until(
    'its end',
    () => {
      if (end === undefined) throw new Error(`It goes on: ${[...effects, ...told()].join('; ')}`);
      return end;
    },
    60_000,
  );
}

const all120 = (key: string) => Array.from({ length: 120 }, (_, index) => `${key} ${index + 1}`);

const FETCH = 1;

interface Swallowing {
  /** Questions for events that come on a line of now are never answered; all else goes on. */
  swallow(): void;
  readonly swallowed: number;
  stop(): Promise<void>;
}

/** Stands between a consumer and the broker, and makes the one go on waiting for the other. */
async function startSwallowing(port: number, target: number): Promise<Swallowing> {
  const lines = new Set<{ isMute: boolean; readonly ends: readonly Socket[] }>();
  let swallowed = 0;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const line = { isMute: false, ends: [near, far] };
    lines.add(line);
    const cut = () => {
      near.destroy();
      far.destroy();
      lines.delete(line);
    };
    for (const end of line.ends) end.on('error', cut).on('close', cut);
    far.pipe(near);
    let kept = Buffer.alloc(0);
    near.on('data', (chunk) => {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= 4 && kept.length >= 4 + kept.readInt32BE(0)) {
        const frame = kept.subarray(0, 4 + kept.readInt32BE(0));
        kept = kept.subarray(frame.length);
        if (line.isMute && frame.readInt16BE(4) === FETCH) swallowed += 1;
        else far.write(frame);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    get swallowed() {
      return swallowed;
    },
    swallow() {
      for (const line of lines) line.isMute = true;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const { ends } of lines) for (const end of ends) end.destroy();
        server.close(() => resolve());
      }),
  };
}
