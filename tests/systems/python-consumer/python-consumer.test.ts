import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { Kafka, logLevel } from 'kafkajs';
import { buildPackage, ROOT } from '../../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../../support/demo-systems.ts';
import { type HubProcess, startHubProcess } from '../../support/hub-process.ts';
import { until } from '../../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { missingForKafka } from '../kafka/distribution.ts';
import { type KafkaCluster, startKafka } from '../kafka/index.ts';
import { canRun, missingPython, type PythonPackages, preparePython } from '../python.ts';

const PACKAGES: PythonPackages = {
  name: 'consumer',
  requirements: new URL('./requirements.txt', import.meta.url),
  atLeast: '3.11',
};
const ASYNCAPI = join(ROOT, 'schema', 'published', 'asyncapi.json');
const SUITE = 'a consumer in Python, of AsyncAPI, CloudEvents and JSON Schema alone';

/** What the Python program prints. */
interface Report {
  readonly partitions: Readonly<Record<string, number>>;
  readonly seen: readonly (readonly [
    topic: string,
    partition: number,
    key: string | null,
    type: string,
    sequence: string | null,
    op: string | null,
  ])[];
  readonly problems: readonly string[];
}

if (canRun(SUITE, missingForKafka() ?? missingPython(PACKAGES.atLeast))) suite();
else test(SUITE, () => {});

function suite() {
  describe(`${SUITE}`, () => {
    let systems: DemoSystems;
    let cluster: KafkaCluster;
    let hub: HubProcess;
    let report: Report;

    beforeAll(async () => {
      const [python] = await Promise.all([preparePython(PACKAGES), buildPackage()]);
      [systems, cluster] = await Promise.all([startDemoSystems(), startKafka()]);
      const [broker = ''] = cluster.brokers;
      hub = await startHubProcess({
        config: join(ROOT, 'tests/support/kafka-demo.config.ts'),
        data: join(systems.folder, 'hub'),
        env: { ...systems.env, KAFKA_BROKER: broker },
      });
      await hub.ready();
      await hub.ask('mutation { hubSnapshotTopics(entity: "Customer") { id } }');
      await until('the snapshot', isSnapshotTold, 120_000);
      await until(
        'all that is committed',
        async () => (await published(broker)) >= committed().length + (await customers()) + 24,
        120_000,
      );
      const script = fileURLToPath(new URL('./consumer.py', import.meta.url));
      const { stdout } = await promisify(execFile)(python.python, [script, ASYNCAPI, broker, 'hub'], {
        maxBuffer: 100_000_000,
        timeout: 240_000,
      });
      report = JSON.parse(stdout);
    }, INSTALLED_WITHIN_MS);

    const customers = async (): Promise<number> =>
      (await hub.ask('{ customers(first: 1) { totalCount } }')).customers.totalCount;
    const isSnapshotTold = async () => {
      const { hubTopicJobs } = await hub.ask('{ hubTopicJobs { state } }');
      return hubTopicJobs.every(({ state }: { readonly state: string }) => state === 'done');
    };

    afterAll(async () => {
      await hub?.stop();
      await cluster?.stop();
      await systems?.stop();
    }, 60_000);

    const committed = (): readonly (readonly [entity: string, key: string, sequence: number])[] => {
      const store = new Database(join(systems.folder, 'hub', 'hub.sqlite'), { readonly: true });
      try {
        const rows = store.prepare('select entity, canonical_id, sequence from change_row order by id').raw();
        return rows.all() as [string, string, number][];
      } finally {
        store.close();
      }
    };

    test('reads every committed change in order per key, each valid for its published schema', () => {
      expect(report.problems).toEqual([]);
      expect(new Set(Object.values(report.partitions))).toEqual(new Set([12]));
      const expected = sequencesByKey(committed().map(([, key, sequence]) => [key, sequence]));
      const told = sequencesByKey(changesOf(report).map(([, , key, , sequence]) => [key ?? '', Number(sequence)]));
      expect(told).toEqual(expected);
      const states = report.seen.filter(([topic]) => topic.startsWith('hub.state.'));
      const last = new Map(states.map(([, , key, , sequence]) => [key, Number(sequence)]));
      for (const [key, sequences] of expected) expect([key, last.get(key)]).toEqual([key, sequences.at(-1)]);
    });

    test('finds a snapshot of all customers between its markers in every partition', async () => {
      const told = report.seen.filter(([topic]) => topic === 'hub.changes.Customer');
      for (let partition = 0; partition < 12; partition += 1) {
        const own = told.filter(([, at]) => at === partition);
        const place = (type: string) => own.findIndex(([, , , found]) => found === type);
        const [begun, ended] = ['begun', 'ended'].map((kind) => place(`isthmus.Customer.snapshot-${kind}.v1`));
        const records = own.flatMap(([, , , , , op], index) => (op === 'snapshot' ? [index] : []));
        expect(begun).toBeGreaterThanOrEqual(0);
        expect(ended).toBeGreaterThan(begun!);
        expect(records.every((index) => index > begun! && index < ended!)).toBe(true);
      }
      expect(told.filter(([, , , , , op]) => op === 'snapshot')).toHaveLength(await customers());
    });

    test('knows from the document which topics there are', () => {
      const { seen } = report;
      const { channels } = JSON.parse(readFileSync(ASYNCAPI, 'utf8'));
      const names = Object.values(channels).map((channel) =>
        (channel as { readonly address: string }).address.replace('{prefix}', 'hub'),
      );
      expect([...new Set(seen.map(([topic]) => topic))].filter((topic) => !names.includes(topic))).toEqual([]);
      expect(new Set(seen.map(([topic]) => topic)).size).toBeGreaterThan(10);
    });
  });
}

/** How many changes are in their topics, counting what a snapshot told and its markers. */
async function published(broker: string): Promise<number> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith('hub.changes.'));
    const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    return ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Changes as they happened, without those that only tell what stands, and each once. */
function changesOf({ seen }: Report): Report['seen'] {
  const changes = seen.filter(([, , , type, , op]) => type.endsWith('.changed.v1') && op !== 'snapshot');
  const last = new Map<string, number>();
  return changes.filter(([, , key, , sequence]) => {
    if (Number(sequence) <= (last.get(key ?? '') ?? 0)) return false;
    last.set(key ?? '', Number(sequence));
    return true;
  });
}

function sequencesByKey(changes: readonly (readonly [key: string, sequence: number])[]) {
  const byKey = Map.groupBy(changes, ([key]) => key);
  return new Map([...byKey].map(([key, own]) => [key, own.map(([, sequence]) => sequence)] as const).toSorted());
}
