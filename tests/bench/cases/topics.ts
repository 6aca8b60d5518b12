import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import {
  type Change,
  createEnvelope,
  type Envelope,
  type EventMessage,
  embeddedTransport,
  openKafka,
  type PublishingTransport,
  partitionOf,
  startPlacement,
  startRelay,
  type Transport,
  writeChanges,
} from '#events';
import { openStore, type Store } from '#store';
import { until } from '../../support/until.ts';
import { type KafkaCluster, startKafka } from '../../systems/kafka/cluster.ts';
import { testModel } from '../../systems/postgres/test-model.ts';
import { type BenchResult, result } from '../result.ts';

const ROWS = 60_000;
const KEYS = 20_000;
const PAGE = 500;
const PER_SECOND = 1000;
const TICK_MS = 10;
const SECONDS = 10;
const WARM_UP_SECONDS = 3;

/** From the outbox to a real Kafka and to consumers; against kafkajs alone sending the same batches. */
export async function topics(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-bench-topics-'));
  const cluster = await startKafka();
  try {
    return [
      await throughput(join(folder, 'throughput'), cluster),
      await latency('kafka', join(folder, 'kafka'), cluster),
      await latency('embedded', join(folder, 'embedded'), cluster),
    ];
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function throughput(folder: string, cluster: KafkaCluster): Promise<BenchResult> {
  const store = await openStore({ kind: 'sqlite', folder }, testModel(), { role: 'writer' });
  const envelope = createEnvelope(store.layout.model, store.incarnation, { prefix: 'bench', personal: {} });
  for (let from = 0; from < ROWS; from += PAGE) {
    await store.write((tx) =>
      writeChanges(
        tx,
        Array.from({ length: PAGE }, (_, index) => changeOf(from + index)),
      ),
    );
  }
  const kafka = await openKafka(kafkaOptions(cluster, envelope));
  await kafka.prepare();
  const sent: Sent[] = [];
  const recording: PublishingTransport = {
    ...kafka,
    publish(topic, partition, messages, signal) {
      sent.push({ topic, partition, messages });
      return kafka.publish(topic, partition, messages, signal);
    },
  };
  const startedAt = performance.now();
  const relay = await startRelay({ store, envelope, transport: recording, onError: console.error });
  await until('all rows to be published', async () => (await published(store)) === ROWS, 300_000);
  const seconds = (performance.now() - startedAt) / 1000;
  await relay.stop();
  await kafka.close();
  await store.close();
  const floor = await floorSeconds(cluster, sent);
  const messages = sent.reduce((sum, each) => sum + each.messages.length, 0);
  return result(
    'topics: rows/s to Kafka',
    { value: ROWS / seconds, floor: ROWS / floor, unit: 'rows/s' },
    { text: '≥ 10,000 and ≥ 0.6 of kafkajs', isMet: (ratio, value) => value >= 10_000 && ratio >= 0.6 },
    { messages, sends: sent.length },
  );
}

interface Sent {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly EventMessage[];
}

/** The same messages in the same batches, one outstanding per partition of a topic, all at hand beforehand. */
async function floorSeconds(cluster: KafkaCluster, sent: readonly Sent[]): Promise<number> {
  const kafka = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const names = [...new Set(sent.map(({ topic }) => `floor.${topic}`))];
  await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 12, replicationFactor: 1 })) });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  await Promise.all(names.map((topic) => send(producer, { topic, partition: 0, messages: [changeMessage] })));
  const byPlace = Map.groupBy(sent, ({ topic, partition }) => `${topic} ${partition}`);
  const startedAt = performance.now();
  await Promise.all(
    [...byPlace.values()].map(async (batches) => {
      for (const batch of batches) await send(producer, { ...batch, topic: `floor.${batch.topic}` });
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await producer.disconnect();
  return seconds;
}

const changeMessage: EventMessage = { key: 'first', value: '{}', headers: {} };

async function send(producer: Producer, { topic, partition, messages }: Sent): Promise<void> {
  await producer.send({
    topic,
    acks: -1,
    messages: messages.map(({ key, value, headers }) => ({ key, value, headers: { ...headers }, partition })),
  });
}

async function published(store: Store): Promise<number> {
  const [row] = await store.reader.all(`select sum("offset") from log_position where reader = 'relay'`);
  return Number(row?.[0] ?? 0);
}

/** From the commit of a change to the consumer's handler, at a steady rate. */
async function latency(kind: 'kafka' | 'embedded', folder: string, cluster: KafkaCluster): Promise<BenchResult> {
  const store = await openStore({ kind: 'sqlite', folder }, testModel(), { role: 'writer' });
  const envelope = createEnvelope(store.layout.model, store.incarnation, { prefix: `latency-${kind}`, personal: {} });
  const placement = startPlacement(store, console.error);
  const kafka = kind === 'kafka' ? await openKafka(kafkaOptions(cluster, envelope)) : undefined;
  const relay = kafka && (await startRelay({ store, envelope, transport: kafka, onError: console.error }));
  const transport: Transport = kafka ?? embeddedTransport({ store, envelope });
  const committedAt = new Map<string, number>();
  const delays: number[] = [];
  let arrived = 0;
  await transport.subscribe({
    group: 'bench',
    topics: [envelope.topic('changes', 'Customer')],
    async handle({ messages }) {
      const now = performance.now();
      arrived += messages.length;
      for (const { key } of messages) {
        const at = committedAt.get(key);
        if (at !== undefined) delays.push(now - at);
      }
    },
  });
  const total = (SECONDS + WARM_UP_SECONDS) * PER_SECOND;
  const perTick = (PER_SECOND * TICK_MS) / 1000;
  const startedAt = performance.now();
  for (let from = 0; from < total; from += perTick) {
    const changes = Array.from({ length: perTick }, (_, index) => changeOf(from + index, total));
    await store.write((tx) => writeChanges(tx, changes));
    placement.wake();
    const now = performance.now();
    const isWarm = from >= WARM_UP_SECONDS * PER_SECOND;
    if (isWarm) for (const { canonicalId } of changes) committedAt.set(canonicalId, now);
    await wait(Math.max(0, startedAt + ((from + perTick) / PER_SECOND) * 1000 - performance.now()));
  }
  const rate = total / ((performance.now() - startedAt) / 1000);
  await until('every change', () => arrived >= total, 60_000);
  await relay?.stop();
  await transport.close();
  await placement.stop();
  await store.close();
  delays.sort((left, right) => left - right);
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  const goal = kind === 'kafka' ? 1000 : 200;
  return result(
    `topics: commit → consumer p99, ${kind}`,
    { value: at(0.99), floor: at(0.5), unit: 'ms' },
    { text: `< ${goal} ms at 1,000/s`, isMet: (_ratio, value) => value < goal },
    { p50: Math.round(at(0.5)), perSecond: Math.round(rate), changes: delays.length },
  );
}

function kafkaOptions(cluster: KafkaCluster, envelope: Envelope) {
  return {
    brokers: cluster.brokers,
    clientId: 'bench',
    topics: envelope.topics,
    replication: undefined,
    retentionDays: 7,
    onTrouble: console.error,
  };
}

/** The n-th change: of a customer whose address moved. */
function changeOf(n: number, keys = KEYS): Change {
  const canonicalId = `01JDBENCH${String(n % keys).padStart(17, '0')}`;
  const sequence = Math.floor(n / keys) + 1;
  const values = (city: string) => ({
    id: canonicalId,
    number: String(n % keys),
    name: `Customer ${n % keys} GmbH & Co. KG`,
    manager: 'Erika Mustermann',
    creditLimit: { amount: '120000.00', currency: 'EUR' },
    city,
    street: 'Am Alten Markt 17',
    stage: 'WON',
    stageText: 'Z3',
    since: '2019-04-01T08:00:00.000Z',
    isBlocked: false,
  });
  return {
    entity: 'Customer',
    canonicalId,
    sequence,
    op: sequence === 1 ? 'create' : 'update',
    before: sequence === 1 ? null : values(`City ${sequence - 1}`),
    after: values(`City ${sequence}`),
    changed: sequence === 1 ? [] : ['city'],
    owners: { number: 'erp', name: 'erp', manager: 'crm', creditLimit: 'erp', address: 'erp', stage: 'crm' },
    origin: partitionOf(canonicalId) % 2 === 0 ? 'erp' : 'crm',
    at: Date.now(),
    trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
}
