/** What must hold of store and topics after whatever happened. Nothing of the product reads the topics here. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { createEnvelope, partitionOf, RELAY } from '#events';
import type { Store } from '#store';
import { until } from '../support/until.ts';

export interface Verdict {
  /** Change rows of what is published. */
  readonly committed: number;
  /** Messages in the changes topics. */
  readonly messages: number;
  /** Messages that came more than once, each counted as often as it is too much. */
  readonly duplicates: number;
  /** The same of the state topics. */
  readonly statesAgain: number;
  /** Committed, and in no topic. */
  readonly lost: readonly string[];
  /** In a topic, and never committed, or not with this content. */
  readonly invented: readonly string[];
  /** Keys whose changes are not in order once known sequences are dropped, or not where the key belongs. */
  readonly disordered: readonly string[];
  /** Keys whose last state is not that of their last change. */
  readonly stale: readonly string[];
}

export interface ReadMessage {
  readonly partition: number;
  readonly key: string;
  readonly value: string | null;
  readonly id: string;
  readonly sequence: number;
}

/** True once the relay has published all that was committed, and has nothing to say again. */
export async function isRelayed(store: Store): Promise<boolean> {
  const [open] = await store.reader.all(`select
    (select count(*) from change_row where "offset" is null),
    (select count(*) from state_again),
    (select coalesce(max(sequence), 0) from change_row)`);
  if (Number(open?.[0]) > 0 || Number(open?.[1]) > 0) return false;
  const left = await store.reader.all(
    `select "partition", max("offset") + 1 from change_row group by "partition"
     except select "partition", "offset" from log_position where reader = '${RELAY}'`,
  );
  return left.length === 0;
}

/** Whether something of each partition was taken: by a topic that is new, the first is refused. */
export async function isFlowing(store: Store): Promise<boolean> {
  const waiting = await store.reader.all(
    `select "partition" from change_row
     except select "partition" from log_position where reader = '${RELAY}' and "offset" > 0`,
  );
  return waiting.length === 0;
}

/** Reads everything and compares. Nobody may write meanwhile. */
export async function judgeTopics(store: Store, brokers: readonly string[], prefix: string): Promise<Verdict> {
  const { topics } = createEnvelope(store.layout.model, store.incarnation, { prefix, personal: {} });
  const published = new Set(topics.map(({ entity }) => entity));
  const rows = await committedRows(store, published);
  const read = await readTopics(
    brokers,
    topics.map(({ name }) => name),
  );
  const ofKind = (kind: string) =>
    topics.filter((topic) => topic.kind === kind).flatMap(({ name }) => read.get(name) ?? []);
  const changes = ofKind('changes');
  const states = ofKind('state');
  const known = new Map(rows.map((row) => [row.id, row]));
  const seen = new Map<string, string | null>();
  const invented: string[] = [];
  for (const { id, value } of changes) {
    const row = known.get(id);
    const isSame = row && row.op === JSON.parse(value ?? '{}').op && (seen.get(id) ?? value) === value;
    if (!isSame) invented.push(id);
    seen.set(id, value);
  }
  return {
    committed: rows.length,
    messages: changes.length,
    duplicates: changes.length - seen.size,
    statesAgain: states.length - new Set(states.map(({ id }) => id)).size,
    lost: rows.filter(({ id }) => !seen.has(id)).map(({ id }) => id),
    invented,
    disordered: disordered(rows, changes),
    stale: stale(rows, states),
  };
}

/** Pages that a hub knew to be committed and the store does not hold, not even in a later version. */
export async function forgotten(store: Store, committed: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const rows = await store.reader.all('select stream, source_id, version from observed_record');
  const held = new Map(rows.map(([stream, key, version]) => [`${stream} ${key}`, Number(version)]));
  return [...committed].filter(([name, version]) => (held.get(name) ?? 0) < version).map(([name]) => name);
}

/** All values that a topic holds. */
export async function readValues(brokers: readonly string[], topic: string): Promise<ReadonlySet<string>> {
  const read = await readTopics(brokers, [topic]);
  return new Set((read.get(topic) ?? []).map(({ value }) => String(value)));
}

interface CommittedRow {
  readonly key: string;
  readonly sequence: number;
  readonly op: string;
  readonly id: string;
}

async function committedRows(store: Store, published: ReadonlySet<string>): Promise<readonly CommittedRow[]> {
  const rows = await store.reader.all(
    'select entity, canonical_id, sequence, op from change_row order by canonical_id, sequence',
  );
  return rows
    .filter(([entity]) => published.has(String(entity)))
    .map(([, key, sequence, op]) => ({
      key: String(key),
      sequence: Number(sequence),
      op: String(op),
      id: `${store.incarnation}:${key}:${sequence}`,
    }));
}

function byKey<T extends { readonly key: string }>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const list = found.get(item.key);
    if (list) list.push(item);
    else found.set(item.key, [item]);
  }
  return found;
}

function disordered(rows: readonly CommittedRow[], messages: readonly ReadMessage[]): readonly string[] {
  const wrong = new Set<string>();
  const arrived = byKey(messages);
  for (const [key, committed] of byKey(rows)) {
    let last = 0;
    const inOrder: number[] = [];
    for (const { sequence, partition } of arrived.get(key) ?? []) {
      if (partition !== partitionOf(key)) wrong.add(key);
      if (sequence <= last) continue;
      inOrder.push(sequence);
      last = sequence;
    }
    const expected = committed.map(({ sequence }) => sequence);
    if (expected.some((sequence, index) => sequence !== index + 1)) wrong.add(key);
    if (inOrder.join() !== expected.join()) wrong.add(key);
  }
  return [...wrong];
}

function stale(rows: readonly CommittedRow[], states: readonly ReadMessage[]): readonly string[] {
  const shown = new Map(states.map((state) => [state.key, state]));
  const last = new Map(rows.map((row) => [row.key, row]));
  return [...last.values()]
    .filter(({ key, sequence, op }) => {
      const state = shown.get(key);
      const isGone = op === 'delete' || op === 'merge';
      return state?.sequence !== sequence || (state.value === null) !== isGone;
    })
    .map(({ key }) => key);
}

/** All messages of each topic, in order within each partition. */
async function readTopics(
  brokers: readonly string[],
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly ReadMessage[]>> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  const ends = await endsOf(kafka, topics);
  const read = new Map<string, ReadMessage[]>(topics.map((topic) => [topic, []]));
  const positions = new Map<string, number>();
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 200 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers } of batch.messages) {
          read.get(batch.topic)?.push({
            partition: batch.partition,
            key: String(key),
            value: value === null ? null : value.toString('utf8'),
            id: String(headers?.ce_id),
            sequence: Number(headers?.ce_sequence),
          });
        }
        positions.set(`${batch.topic} ${batch.partition}`, Number(batch.lastOffset()) + 1);
      },
    });
    const isRead = () => [...ends].every(([place, end]) => (positions.get(place) ?? 0) >= end);
    await until('all that the topics hold', isRead, 120_000);
  } finally {
    await consumer.disconnect();
  }
  return read;
}

async function endsOf(kafka: Kafka, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map<string, number>();
    for (const topic of topics) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        if (Number(high) > 0) ends.set(`${topic} ${partition}`, Number(high));
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}
