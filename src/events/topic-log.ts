/**
 * The hub's own log as topics, for whoever reads them by HTTP: events of one partition from an offset on, and nothing
 * kept of the reader. Read only.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { GoneError, NotFoundError } from '#sdk';
import type { Store } from '#store';
import type { Envelope } from './envelope.ts';
import { logEnds } from './log-position.ts';
import { PARTITIONS } from './partition.ts';
import { readChanges } from './stored-change.ts';
import { TOPIC_KINDS, type TopicKind } from './topics.ts';
import type { DeliveredMessage } from './transport.ts';

export interface TopicPage {
  readonly messages: readonly DeliveredMessage[];
  /** Where to go on; beyond the last message where others' changes followed it. */
  readonly next: number;
}

export interface TopicRead {
  readonly topic: string;
  readonly partition: number;
  /** Undefined: the oldest that is kept. */
  readonly from: number | undefined;
  /** Changes looked through at the most. */
  readonly limit: number;
  /** How long to wait when there is nothing yet. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

export interface TopicLog {
  /** Another one after a restore: offsets then mean something else. */
  readonly incarnation: string;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  /** Rejects with `NOT_FOUND` for an unknown topic or partition, and with `GONE` when not all from there is kept. */
  read(read: TopicRead): Promise<TopicPage>;
}

const POLL_MS = 25;
/** An answer takes no more events beyond this. */
const PAGE_BYTES = 4_000_000;

export function openTopicLog(store: Store, envelope: Envelope): TopicLog {
  const kinds = new Map<string, { kind: TopicKind; entity: string; version: number }>();
  for (const entity of new Set(envelope.topics.map((topic) => topic.entity))) {
    for (const version of envelope.versions(entity)) {
      for (const kind of TOPIC_KINDS) kinds.set(envelope.topic(kind, entity, version), { kind, entity, version });
    }
  }
  const ends = new LogEnds(store);
  return {
    incarnation: store.incarnation,
    topics: [...kinds.keys()].map((name) => ({ name, partitions: PARTITIONS })),
    async read({ topic, partition, from, limit, waitMs, signal }) {
      const told = kinds.get(topic);
      if (!told) throw new NotFoundError(`There is no topic ${topic}; GET /topics lists them.`);
      if (!Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS) {
        throw new NotFoundError(`${topic} has the partitions 0 to ${PARTITIONS - 1}.`);
      }
      const deadline = Date.now() + waitMs;
      let at = from ?? (await oldest(store, partition, (await logEnds(store)).get(partition) ?? 0));
      for (;;) {
        const end = await ends.after(partition, at, deadline, signal);
        if (at === end) return { messages: [], next: at };
        const changes = await readChanges(store, partition, at, limit);
        await requireKept(store, partition, at, end, changes[0]?.offset);
        const messages: DeliveredMessage[] = [];
        let bytes = 0;
        for (const change of changes) {
          if (bytes > PAGE_BYTES) break;
          at = change.offset + 1;
          if (change.entity !== told.entity) continue;
          const message = envelope[told.kind === 'changes' ? 'change' : 'state'](change, told.version);
          if (!message) continue;
          messages.push({ ...message, offset: change.offset });
          bytes += message.value?.length ?? 0;
        }
        if (messages.length > 0 || Date.now() >= deadline || signal.aborted) return { messages, next: at };
      }
    },
  };
}

async function oldest(store: Store, partition: number, end: number): Promise<number> {
  const [first] = await readChanges(store, partition, 0, 1);
  return first?.offset ?? end;
}

async function requireKept(store: Store, partition: number, at: number, end: number, found: number | undefined) {
  if (found === at) return;
  if (at > end) {
    throw new GoneError(
      `The log of partition ${partition} ends at ${end}, before ${at}: it is not the log read before.`,
      {
        details: { partition, from: at, end },
      },
    );
  }
  const [first] = await readChanges(store, partition, 0, 1);
  const kept = first ? new Date(first.at).toISOString() : undefined;
  throw new GoneError(
    kept
      ? `The oldest change kept in partition ${partition} is of ${kept}, at ${first?.offset}; not all from ${at} on is there.`
      : `Nothing is kept in partition ${partition} any more; it goes on at ${end}.`,
    { details: { partition, from: at, oldest: kept, oldestOffset: first?.offset ?? end } },
  );
}

/** Where partitions end, looked up once for all who wait. */
class LogEnds {
  readonly #store: Store;
  #looking: Promise<ReadonlyMap<number, number>> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** As soon as it is not `at`, or the time is over. */
  async after(partition: number, at: number, deadline: number, signal: AbortSignal): Promise<number> {
    let end = (await logEnds(this.#store)).get(partition) ?? 0;
    while (end === at && Date.now() < deadline && !signal.aborted) {
      this.#looking ??= wait(POLL_MS)
        .then(() => logEnds(this.#store))
        .finally(() => {
          this.#looking = undefined;
        });
      end = (await this.#looking).get(partition) ?? 0;
    }
    return end;
  }
}
