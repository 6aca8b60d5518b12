import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { buildPackage, COMMAND, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { editsOf } from '../support/edits.ts';
import { type HubProcess, plainEnvironment, startHubProcess } from '../support/hub-process.ts';
import { startProcess } from '../support/started-process.ts';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';

describeKafka('a hub whose topics are in Kafka', () => {
  let systems: DemoSystems;
  let cluster: KafkaCluster;
  let hub: HubProcess;
  let data: string;
  let topics: TopicsRead;

  beforeAll(async () => {
    await buildPackage();
    [systems, cluster] = await Promise.all([startDemoSystems(), startKafka()]);
    await cluster.nodes[0]!.kill();
    data = join(systems.folder, 'hub');
    hub = await startHubProcess({
      config: join(ROOT, 'tests/support/kafka-demo.config.ts'),
      data,
      env: { ...systems.env, KAFKA_BROKER: cluster.brokers[0]! },
    });
  }, INSTALLED_WITHIN_MS);

  afterAll(async () => {
    await topics?.stop();
    await hub?.stop();
    await cluster?.stop();
    await systems?.stop();
  }, 60_000);

  const ask = (sql: string): readonly unknown[][] => {
    const store = new Database(join(data, 'hub.sqlite'), { readonly: true });
    try {
      return store.prepare(sql).raw().all() as unknown[][];
    } finally {
      store.close();
    }
  };
  const rows = () => Number(ask('select count(*) from change_row')[0]?.[0]);
  const relayed = () => Number(ask(`select sum("offset") from log_position where reader = 'relay'`)[0]?.[0]);

  /** By key, as the store holds them: sequences of changes in order. */
  const committed = (): ReadonlyMap<string, readonly number[]> => {
    const byKey = new Map<string, number[]>();
    for (const [id, sequence] of ask('select canonical_id, sequence from change_row order by canonical_id, sequence')) {
      const key = String(id);
      byKey.set(key, [...(byKey.get(key) ?? []), Number(sequence)]);
    }
    return byKey;
  };

  const allPublished = async () => {
    await until(
      'every committed change in its topic, and its last state',
      () => {
        const expected = committed();
        for (const [key, sequences] of expected) {
          if (topics.changes.get(key)?.join() !== sequences.join()) throw new Error(`${key}: ${sequences} committed`);
          if (topics.states.get(key) !== sequences.at(-1)) throw new Error(`${key}: an old state`);
        }
        return true;
      },
      180_000,
    );
  };

  const isthmus = async (...args: readonly string[]) => {
    const child = startProcess(process.execPath, [COMMAND, 'topics', ...args, '--url', `${hub.url}/graphql`], {
      env: plainEnvironment(),
    });
    const { code } = await child.ended;
    return { code, output: child.output() };
  };

  test('captures while the brokers are away and says so, and publishes all when they are there', async () => {
    await hub.ready();
    expect(hub.output()).toMatch(/Checking the topics: .*ECONNREFUSED/);
    expect(committed().size).toBeGreaterThan(300);
    await cluster.nodes[0]!.start();
    await until('all to be relayed', () => relayed() === rows(), 180_000);
    topics = await readTopics(cluster.brokers);
    await allPublished();
    const before = committed().size;
    await editsOf(systems).crm.create('Account', { Name: 'Åkerman & Söhne' });
    await until('the new account to be committed', () => committed().size > before);
    await allPublished();
  }, 400_000);

  test('is asked by its command line to tell again what it holds', async () => {
    const customers = (await hub.ask('{ customers(first: 1) { totalCount } }')).customers.totalCount;
    const snapshot = await isthmus('snapshot', '--entity', 'Customer', '--topic', 'hub.customers');
    expect(snapshot).toMatchObject({ code: 0, output: expect.stringContaining(`Done: ${customers} messages.`) });
    const replay = await isthmus('replay', '--entity', 'Customer', '--from', '2020-01-01');
    expect(replay).toMatchObject({ code: 0, output: expect.stringMatching(/Done: \d+ messages\./) });
    const states = await isthmus('state-rebuild', '--entity', 'Customer');
    expect(states).toMatchObject({ code: 0, output: expect.stringMatching(/Done: \d+ messages\./) });
    expect(await isthmus('parked')).toMatchObject({ code: 0, output: 'Nothing is parked.\n' });
    expect(await isthmus('release')).toMatchObject({ code: 0 });
    await allPublished();
    const wrong = await isthmus('replay', '--entity', 'Nobody', '--from', '2020-01-01');
    expect(wrong).toMatchObject({ code: 1, output: expect.stringMatching(/No topics are about "Nobody"/) });
    const group = await isthmus('replay', '--group', 'nobody', '--from', '2020-01-01');
    expect(group).toMatchObject({ code: 1, output: expect.stringMatching(/No group "nobody"/) });
    const { hubTopicJobs } = await hub.ask('{ hubTopicJobs { kind state partitions partitionsDone } }');
    expect(hubTopicJobs).toHaveLength(3);
    for (const job of hubTopicJobs) expect(job).toMatchObject({ state: 'done', partitions: job.partitionsDone });
  }, 400_000);
});

interface TopicsRead {
  /** By key, without what was known already. */
  readonly changes: ReadonlyMap<string, readonly number[]>;
  readonly states: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** As a consumer would that knows nothing of the hub. */
async function readTopics(brokers: readonly string[]): Promise<TopicsRead> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 200 });
  await consumer.connect();
  const changes = new Map<string, number[]>();
  const states = new Map<string, number>();
  try {
    const admin = kafka.admin();
    await admin.connect();
    const found = (await admin.listTopics()).filter((name) => /^hub\.(changes|state)\./.test(name));
    await admin.disconnect();
    await consumer.subscribe({ topics: found, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) {
          const key = String(message.key);
          const sequence = sequenceOf(message);
          if (batch.topic.startsWith('hub.state.')) states.set(key, sequence);
          else if (sequence > (changes.get(key)?.at(-1) ?? 0))
            changes.set(key, [...(changes.get(key) ?? []), sequence]);
        }
      },
    });
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return { changes, states, stop: () => consumer.disconnect() };
}

const sequenceOf = ({ headers }: KafkaMessage) => Number(String(headers?.ce_sequence));
