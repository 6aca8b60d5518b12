import {
  createEnvelope,
  type DeliveredMessage,
  embeddedTransport,
  openKafka,
  sequenceOf,
  startRelay,
  type TopicCommands,
  type Transport,
  topicCommands,
  topicName,
} from '#events';
import type { Model } from '#model';
import { until } from '../support/until.ts';
import type { StorePlace } from '../systems/postgres/index.ts';
import { type Loose, openWorld, type World } from './observe-world.ts';

export interface TopicsWorld extends World {
  readonly transport: Transport;
  readonly errors: unknown[];
  /** What an operator can have told again. */
  readonly commands: TopicCommands;
  topic(kind: 'changes' | 'state', entity?: string): string;
  /** Begins to collect what a group is handed; `handled` may throw. */
  follow(group: string, topics: readonly string[], handled?: (message: DeliveredMessage) => void): Promise<Follower>;
}

export interface Follower {
  /** By key, as delivered. */
  readonly received: Map<string, DeliveredMessage[]>;
  readonly failed: Promise<never>;
  /** Sequences of a key, without those that its consumer knows already. */
  sequences(key: string): readonly number[];
  stop(): Promise<void>;
}

const QUICK = { pollMs: 20 };

export interface TopicsOptions {
  readonly prefix: string;
  /** Without brokers the store's own log is read. */
  readonly brokers?: readonly string[];
  readonly leaseMs?: number;
  /** Streams that are told as observed. */
  readonly sources?: Readonly<Record<string, readonly string[]>>;
  readonly model?: Model;
}

/** A hub's writing side with its topics. */
export async function openTopics(place: StorePlace, options: TopicsOptions): Promise<TopicsWorld> {
  const { prefix, brokers, leaseMs, sources = {}, model } = options;
  const world = await openWorld(place, { sources, ...(model && { model }) });
  const { store } = world;
  const envelope = createEnvelope(store.layout.model, store.incarnation, { prefix, personal: {}, sources });
  const errors: unknown[] = [];
  const timing = { ...QUICK, ...(leaseMs && { leaseMs }) };
  const { readStanding } = world.golden;
  const started = brokers
    ? await startPublishing(world, envelope, brokers, errors, timing).catch(async (error) => {
        await world.close();
        throw error;
      })
    : {
        transport: embeddedTransport({ store, envelope, readStanding, ...timing }),
        commands: topicCommands({ store, envelope }),
        stop: async () => {},
      };
  const followers = new Set<Follower>();
  return {
    ...world,
    transport: started.transport,
    commands: started.commands,
    errors,
    topic: (kind, entity = 'Customer') => topicName(prefix, kind, entity),
    async follow(group, topics, handled = () => {}) {
      const follower = await follow(started.transport, group, topics, handled, errors);
      followers.add(follower);
      return follower;
    },
    async close() {
      await Promise.all([...followers].map((follower) => follower.stop()));
      await started.stop();
      await started.transport.close();
      await world.close();
    },
  };
}

async function startPublishing(
  { store, golden: { readStanding } }: World,
  envelope: ReturnType<typeof createEnvelope>,
  brokers: readonly string[],
  errors: unknown[],
  timing: object,
) {
  const onError = (error: unknown) => void errors.push(error);
  const transport = await openKafka({
    brokers,
    clientId: 'isthmus-test',
    topics: envelope.topics,
    replication: undefined,
    retentionDays: 7,
    onTrouble: onError,
  });
  try {
    const relay = await startRelay({ store, envelope, transport, onError, readStanding, ...timing });
    return { transport, commands: topicCommands({ store, envelope, transport }), stop: () => relay.stop() };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/** Collects what a group is handed. */
export async function follow(
  transport: Transport,
  group: string,
  topics: readonly string[],
  handled: (message: DeliveredMessage) => void = () => {},
  errors: unknown[] = [],
): Promise<Follower> {
  const received = new Map<string, DeliveredMessage[]>();
  const subscriber = await transport.subscribe({
    group,
    topics,
    onError: (error) => void errors.push(error),
    async handle({ messages }) {
      for (const message of messages) {
        handled(message);
        received.set(message.key, [...(received.get(message.key) ?? []), message]);
      }
    },
  });
  return {
    received,
    failed: subscriber.failed,
    sequences: (key) => withoutKnown(received.get(key) ?? []).map(sequenceOf),
    stop: () => subscriber.stop(),
  };
}

/** As every consumer does: what is not newer than the last of its key is known. */
export function withoutKnown(messages: readonly DeliveredMessage[]): readonly DeliveredMessage[] {
  let last = 0;
  return messages.filter((message) => {
    const sequence = sequenceOf(message);
    if (sequence <= last) return false;
    last = sequence;
    return true;
  });
}

export const customer = (values: Record<string, unknown>): Loose => ({ entity: 'Customer', values });

/** What the store committed, by key: the sequences of its change rows in order. */
export async function committed({ changes }: Pick<World, 'changes'>): Promise<ReadonlyMap<string, readonly number[]>> {
  const byKey = new Map<string, number[]>();
  for (const row of await changes()) {
    const key = String(row.canonical_id);
    byKey.set(key, [...(byKey.get(key) ?? []), Number(row.sequence)]);
  }
  return byKey;
}

/** Waits until a follower was handed all that was committed; fails with what is missing or out of order. */
export async function allArrived(
  world: Pick<World, 'changes'>,
  follower: Follower,
  withinMs = 30_000,
): Promise<number> {
  const expected = await committed(world);
  await until(
    'every committed change in its order',
    () => {
      for (const [key, sequences] of expected) {
        const arrived = follower.sequences(key);
        if (arrived.join() !== sequences.join()) throw new Error(`${key}: ${sequences} committed, ${arrived} arrived`);
      }
      return true;
    },
    withinMs,
  );
  return [...expected.values()].reduce((sum, { length }) => sum + length, 0);
}
