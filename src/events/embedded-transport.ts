import type { Store } from '#store';
import type { Envelope } from './envelope.ts';
import type { ReadStanding } from './golden-source.ts';
import { JobRunner } from './job-runner.ts';
import { LogReader } from './log-reader.ts';
import type { StoredChange } from './stored-change.ts';
import { TOPIC_KINDS } from './topics.ts';
import type { DeliveredMessage, Subscriber, Subscription, Transport } from './transport.ts';

export interface EmbeddedTransportOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  /** For snapshots that a group asks for. */
  readonly readStanding?: ReadStanding;
  readonly pollMs?: number;
  readonly leaseMs?: number;
}

/** The hub's own store as a log: change rows by their offsets, groups with their positions beside them. No broker. */
export function embeddedTransport({ store, envelope, ...options }: EmbeddedTransportOptions): Transport {
  const subscribers = new Set<Subscriber>();
  return {
    async subscribe(subscription) {
      const subscriber = subscribe(store, envelope, subscription, options);
      subscribers.add(subscriber);
      return subscriber;
    },
    async close() {
      await Promise.all([...subscribers].map((subscriber) => subscriber.stop()));
    },
  };
}

function subscribe(
  store: Store,
  envelope: Envelope,
  { group, topics, handle, onError = () => {} }: Subscription,
  { readStanding, ...timing }: Omit<EmbeddedTransportOptions, 'store' | 'envelope'>,
): Subscriber {
  const wanted = new Set(topics);
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const jobs = new JobRunner({
    ...{ store, envelope, reader: `group:${group}`, onError },
    ...(readStanding && { readStanding }),
    async tell(topic, messages, { partition, offset }) {
      if (!wanted.has(topic)) return;
      await handle({ topic, partition, messages: messages.map((message) => ({ ...message, offset: offset - 1 })) });
    },
  });
  const reader = new LogReader({
    store,
    errands: { due: async () => new Set(await jobs.due()), run: (place) => jobs.run(place) },
    name: `group:${group}`,
    onError,
    onGone: fail,
    ...timing,
    async deliver(partition, changes) {
      for (const [topic, messages] of messagesByTopic(envelope, wanted, changes)) {
        await handle({ topic, partition, messages });
      }
    },
  });
  reader.start();
  return { failed, stop: () => reader.stop() };
}

function messagesByTopic(envelope: Envelope, wanted: ReadonlySet<string>, changes: readonly StoredChange[]) {
  const byTopic = new Map<string, DeliveredMessage[]>();
  for (const change of changes) {
    for (const version of envelope.versions(change.entity)) {
      for (const kind of TOPIC_KINDS) {
        const topic = envelope.topic(kind, change.entity, version);
        if (!wanted.has(topic)) continue;
        const message = envelope[kind === 'changes' ? 'change' : 'state'](change, version);
        if (!message) continue;
        const messages = byTopic.get(topic) ?? [];
        messages.push({ ...message, offset: change.offset });
        byTopic.set(topic, messages);
      }
    }
  }
  return byTopic;
}
