import { ConflictError, GoneError, hasCode, NotFoundError, NotSupportedError, TransientError } from '#sdk';
import { hubColumns, type Store, type WriteTx } from '#store';
import type { Envelope } from './envelope.ts';
import { keptSince, logEnds, offsetAt, savePosition } from './log-position.ts';
import { askRelease } from './parked-keys.ts';
import { PARTITIONS } from './partition.ts';
import { createJob, type TopicJob } from './topic-jobs.ts';
import type { PublishingTransport } from './transport.ts';

export interface ReplayRequest {
  readonly entity: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Until now where it is not given. */
  readonly to?: number | undefined;
  /** The entity's own topics of changes where it is not given. */
  readonly topic?: string | undefined;
}

export interface SnapshotRequest {
  readonly entity: string;
  readonly topic?: string | undefined;
  /** A group that reads the hub's own log: it alone is told. */
  readonly group?: string | undefined;
}

/** What an operator can have told again. Each is safe while the hub runs: whoever holds a partition does it in between. */
export interface TopicCommands {
  /** Throws `GONE` where changes of that time are no longer kept. */
  replay(request: ReplayRequest): Promise<TopicJob>;
  rebuildStates(entity?: string): Promise<TopicJob>;
  snapshot(request: SnapshotRequest): Promise<TopicJob>;
  /** A group that reads the hub's own log goes on with the first change since then. */
  resetGroup(group: string, from: number): Promise<void>;
  /** Publishes what waits of parked keys, or of one. Returns how many keys that is. */
  release(canonicalId?: string): Promise<number>;
}

export interface TopicCommandsOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  /** Absent: topics are in the hub alone. */
  readonly transport?: Pick<PublishingTransport, 'prepare'>;
}

const RELAY = 'relay';

export function topicCommands({ store, envelope, transport }: TopicCommandsOptions): TopicCommands {
  const publishing = (way: string) => {
    if (transport) return transport;
    throw new NotSupportedError(`Topics are in the hub itself: there is nothing to publish to. ${way}`);
  };
  const prepareTopic = async (entity: string, topic: string | undefined) => {
    if (topic === undefined) return;
    const own = envelope.topics.find(({ name }) => name === topic);
    if (own && (own.kind !== 'changes' || own.entity !== entity)) {
      throw new NotSupportedError(`${topic} is for the ${own.kind} of ${own.entity}. Name a topic of your own.`);
    }
    if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic)) {
      throw new NotSupportedError(`"${topic}" is no name of a topic: letters, digits, ".", "_" and "-".`);
    }
    if (own) return;
    try {
      await publishing('').prepare([{ name: topic, kind: 'changes' }]);
    } catch (error) {
      if (hasCode(error, 'CONFIG')) throw new ConflictError(error.message, { cause: error });
      if (!hasCode(error, 'TRANSIENT', 'CREDENTIAL')) throw error;
      throw new TransientError(error.message, { cause: error, details: { connection: 'of the topics (Kafka)' } });
    }
  };
  const everywhere = (position: string | null) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, position, stop: null }));
  return {
    async replay({ entity, from, to = null, topic }) {
      publishing('Have a group read again with --group.');
      checkEntity(envelope, entity);
      await checkKept(store, from);
      await prepareTopic(entity, topic);
      const parts = [];
      for (const [partition, stop] of await logEnds(store)) {
        const position = String(await offsetAt(store, partition, from));
        if (Number(position) < stop) parts.push({ partition, position, stop });
      }
      return createJob(store, { kind: 'replay', reader: RELAY, entity, topic: topic ?? null, from, to, parts });
    },
    async rebuildStates(entity) {
      publishing('The golden records are the state; ask the graph.');
      if (entity !== undefined) checkEntity(envelope, entity);
      const job = { kind: 'state-rebuild', reader: RELAY, topic: null, from: null, to: null } as const;
      return createJob(store, { ...job, entity: entity ?? null, parts: everywhere(null) });
    },
    async snapshot({ entity, topic, group }) {
      checkEntity(envelope, entity);
      const job = { kind: 'snapshot', entity, from: null, to: null, parts: everywhere(null) } as const;
      if (group !== undefined) {
        await checkGroup(store, group);
        return createJob(store, { ...job, reader: `group:${group}`, topic: null });
      }
      publishing('Name a group that reads the hub with --group.');
      await prepareTopic(entity, topic);
      return createJob(store, { ...job, reader: RELAY, topic: topic ?? null });
    },
    async resetGroup(group, from) {
      await checkKept(store, from);
      await checkGroup(store, group);
      const starts: (readonly [number, number])[] = [];
      for (const [partition] of await logEnds(store)) starts.push([partition, await offsetAt(store, partition, from)]);
      await store.write((tx) => moveGroup(tx, `group:${group}`, starts));
    },
    release: (canonicalId) => askRelease(store, canonicalId),
  };
}

/** Whoever reads a partition meanwhile finds that it lost it, takes it again, and goes on from the new place. */
async function moveGroup(tx: WriteTx, reader: string, starts: readonly (readonly [number, number])[]): Promise<void> {
  const key = hubColumns('lease', 'name');
  for (const [partition, offset] of starts) {
    const name = `${reader}:${partition}`;
    const [held] = await tx.lockIn('lease', ['epoch'], key, [[name]]);
    if (held) {
      await tx.updateIn('lease', key, hubColumns('lease', 'holder', 'epoch', 'expires_at'), [
        [name, '', Number(held[0]) + 1, 0],
      ]);
    }
    await savePosition(tx, reader, partition, offset);
  }
}

async function checkKept(store: Store, from: number): Promise<void> {
  const since = await keptSince(store);
  if (since === undefined || from >= since) return;
  const oldest = new Date(since).toISOString();
  throw new GoneError(
    `Changes are kept since ${oldest}; what was before is gone. Begin there, or have a snapshot told instead.`,
    { details: { oldest } },
  );
}

function checkEntity(envelope: Envelope, entity: string): void {
  const known = new Set(envelope.topics.map((topic) => topic.entity));
  if (known.has(entity)) return;
  throw new NotFoundError(`No topics are about "${entity}"; there are those of ${[...known].join(', ')}.`);
}

async function checkGroup(store: Store, group: string): Promise<void> {
  const rows = await store.reader.all("select distinct reader from log_position where reader like 'group:%'");
  const groups = rows.map(([reader]) => String(reader).slice('group:'.length));
  if (groups.includes(group)) return;
  throw new NotFoundError(
    `No group "${group}" has read the hub's own log; there ${groups.length === 0 ? 'is none' : `are ${groups.join(', ')}`}.`,
  );
}
