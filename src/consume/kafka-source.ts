import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { hasCode } from '#sdk';
import { decodeValue } from './bytes.ts';
import { StalledError, TakenOverError } from './errors.ts';
import type { KafkaOptions } from './kafka.ts';
import { isRebalance, kafkaClient, readingError } from './kafka-access.ts';
import { boundsOf, groupPositions, requireKept } from './kafka-bounds.ts';
import { OLDEST, type Place } from './ledger.ts';
import type { DeliveredMessage } from './messages.ts';
import type { OpenSource, SourceSession } from './source.ts';

const HEARTBEAT_MS = 1000;
const COMMIT_MS = 1000;
const AGAIN_MS = 500;
const LEAVE_WITHIN_MS = 8000;
const CONCURRENT = 3;
/** Then the member is replaced. To begin again by itself kafkajs waits, and cannot be stopped meanwhile. */
const TRIES = 5;

type Timing = Pick<KafkaOptions, 'groupId' | 'sessionTimeoutMs' | 'stalledAfterMs' | 'fetchWaitMs'>;
type Assignment = Readonly<Record<string, readonly number[]>>;

/** A partition that is ours, and at which offset it goes on. */
interface Held {
  next: number;
  committedAt: number;
}

export async function openKafkaSource(
  options: KafkaOptions,
  topics: readonly string[],
  session: SourceSession,
): Promise<OpenSource> {
  return await followKafka(kafkaClient(options), options, topics, session);
}

/** Rejects when the broker refuses the login; one that is away is waited for. */
export async function followKafka(
  kafka: Kafka,
  timing: Timing,
  topics: readonly string[],
  session: SourceSession,
): Promise<OpenSource> {
  const source = new KafkaSource(kafka, timing, topics, session);
  await source.start();
  return source;
}

class KafkaSource implements OpenSource {
  readonly #kafka: Kafka;
  readonly #timing: Timing;
  readonly #topics: readonly string[];
  readonly #session: SourceSession;
  readonly #admin: Admin;
  readonly #stopping = new AbortController();
  #member: KafkaMember | undefined;
  #building: Promise<void> = Promise.resolve();
  #watchdog: NodeJS.Timeout | undefined;
  #isBuilding = false;

  constructor(kafka: Kafka, timing: Timing, topics: readonly string[], session: SourceSession) {
    this.#kafka = kafka;
    this.#timing = timing;
    this.#topics = topics;
    this.#session = session;
    this.#admin = kafka.admin();
  }

  async start(): Promise<void> {
    try {
      await this.#build();
    } catch (error) {
      if (hasCode(error, 'CREDENTIAL')) {
        await this.stop();
        throw error;
      }
      this.#session.trouble(error);
      this.#rebuild();
    }
    const { stalledAfterMs = 30_000 } = this.#timing;
    this.#watchdog = setInterval(() => this.#watch(stalledAfterMs), Math.max(50, stalledAfterMs / 4));
  }

  async stop(): Promise<void> {
    clearInterval(this.#watchdog);
    this.#stopping.abort();
    await this.#building.catch(() => {});
    await this.#member?.leave();
    await this.#admin.disconnect().catch(() => {});
  }

  #watch(stalledAfterMs: number): void {
    const idle = this.#member?.idleMs() ?? 0;
    if (this.#isBuilding || idle <= stalledAfterMs) return;
    this.#session.stalled(new StalledError(`Nothing was fetched for ${Math.round(idle / 1000)} s.`));
    this.#rebuild();
  }

  /** A new member in the place of the one that does nothing any more; what is left of that one is not waited for. */
  #rebuild(): void {
    void this.#member?.leave();
    this.#member = undefined;
    const { signal } = this.#stopping;
    this.#building = this.#building.then(async () => {
      while (!signal.aborted && !this.#member) {
        try {
          await this.#build();
        } catch (error) {
          if (hasCode(error, 'CREDENTIAL')) return this.#session.fail(error);
          this.#session.trouble(error);
          await wait(AGAIN_MS, undefined, { signal }).catch(() => {});
        }
      }
    });
  }

  async #build(): Promise<void> {
    const member = new KafkaMember(this.#kafka, this.#admin, this.#timing, this.#session, (error) => {
      if (this.#member !== member) return;
      if (hasCode(error, 'CREDENTIAL')) return this.#session.fail(error);
      this.#session.trouble(error);
      this.#rebuild();
    });
    this.#member = member;
    this.#isBuilding = true;
    try {
      await this.#admin.connect();
      await member.join(this.#topics);
    } catch (error) {
      this.#member = undefined;
      void member.leave();
      throw readingError(error, 'Joining the group');
    } finally {
      this.#isBuilding = false;
    }
  }
}

/** One member of the group, from joining to leaving. */
class KafkaMember {
  readonly #admin: Admin;
  readonly #groupId: string;
  readonly #session: SourceSession;
  readonly #consumer: Consumer;
  readonly #held = new Map<string, Held>();
  readonly #left = new AbortController();
  readonly #crashed: (error: unknown) => void;
  /** Aborted when the group is joined again: what is under way is then somebody else's. */
  #generation = new AbortController();
  #adopting: Promise<void> = Promise.resolve();
  #busy = 0;
  #signAt = Date.now();

  constructor(
    kafka: Kafka,
    admin: Admin,
    { groupId, sessionTimeoutMs = 10_000, fetchWaitMs = 300 }: Timing,
    session: SourceSession,
    crashed: (error: unknown) => void,
  ) {
    this.#admin = admin;
    this.#groupId = groupId;
    this.#session = session;
    this.#crashed = crashed;
    this.#consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: 15_000,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: fetchWaitMs,
      allowAutoTopicCreation: false,
      retry: { retries: TRIES, restartOnFailure: async () => false },
    });
  }

  async join(topics: readonly string[]): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.FETCH, () => this.#sign());
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#joined(payload.memberAssignment));
    this.#consumer.on(events.CRASH, ({ payload }) => {
      if (!this.#left.signal.aborted) this.#crashed(readingError(payload.error, 'Consuming'));
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENT,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
    this.#sign();
  }

  /** Since the last sign of life; an event that is being handled is one. */
  idleMs(): number {
    return this.#busy > 0 ? 0 : Date.now() - this.#signAt;
  }

  async leave(): Promise<void> {
    this.#left.abort();
    this.#generation.abort();
    const leaving = this.#consumer.disconnect().catch(() => {});
    const late = new AbortController();
    await Promise.race([leaving, wait(LEAVE_WITHIN_MS, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  #sign(): void {
    this.#signAt = Date.now();
  }

  /** Nothing is fetched before it is known where to begin: kafkajs would go to the oldest in silence. */
  #joined(assignment: Assignment): void {
    if (this.#left.signal.aborted) return;
    this.#sign();
    this.#generation.abort();
    this.#generation = new AbortController();
    const { signal } = this.#generation;
    const assigned = Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
    this.#consumer.pause(assigned);
    this.#held.clear();
    const places = assigned.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
    this.#adopt(places, signal);
  }

  #adopt(places: readonly Place[], signal: AbortSignal): void {
    this.#adopting = this.#adopting.then(async () => {
      while (!signal.aborted) {
        try {
          return await this.#claim(places, signal);
        } catch (error) {
          if (signal.aborted) return;
          if (hasCode(error, 'GONE')) return this.#session.fail(error);
          this.#session.trouble(readingError(error, 'Looking where to begin'));
          await wait(AGAIN_MS, undefined, { signal }).catch(() => {});
        }
      }
    });
  }

  async #claim(places: readonly Place[], signal: AbortSignal): Promise<void> {
    const topics = [...new Set(places.map(({ topic }) => topic))];
    if (topics.length === 0) return;
    const bounds = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await boundsOf(this.#admin, topic)] as const)),
    );
    const groupAt = await groupPositions(this.#admin, this.#groupId, topics);
    for (const place of places) {
      if (signal.aborted) return;
      const { topic, partition } = place;
      const kept = bounds.get(topic)?.get(partition) ?? { low: 0, high: 0 };
      const { position = groupAt(place) ?? OLDEST } = await this.#session.claim(place);
      const next = position === OLDEST ? kept.low : position;
      // Written since it was asked: the end may have moved on.
      const bound = next > kept.high ? ((await boundsOf(this.#admin, topic)).get(partition) ?? kept) : kept;
      requireKept(place, next, bound);
      if (signal.aborted) return;
      this.#held.set(nameOf(place), { next, committedAt: Date.now() });
      this.#consumer.seek({ topic, partition, offset: String(next) });
      this.#consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const held = this.#held.get(nameOf({ topic, partition }));
    if (!held || this.#left.signal.aborted) return;
    this.#busy += 1;
    const batch = new AbortController();
    let refusal: unknown;
    const giveUp = (error: unknown) => {
      refusal ??= error;
      batch.abort();
    };
    const beating = setInterval(() => void payload.heartbeat().catch(giveUp), HEARTBEAT_MS);
    try {
      const messages = await this.#messagesOf(payload, held);
      const signal = AbortSignal.any([batch.signal, this.#generation.signal, this.#left.signal]);
      await this.#session.deliver({ topic, partition }, messages, {
        signal,
        settled: (next, forgettable) => this.#settled(payload, held, next, forgettable).catch(giveUp),
      });
    } catch (error) {
      if (hasCode(error, 'GONE')) this.#session.fail(error);
      else if (error instanceof TakenOverError) this.#claimAgain({ topic, partition });
      else refusal ??= error;
    } finally {
      clearInterval(beating);
      this.#busy -= 1;
      this.#sign();
    }
    if (refusal !== undefined) throw refusal;
  }

  /** Throws `GONE` when kafkajs went somewhere else than it was told, which it does where the place is gone. */
  async #messagesOf({ batch }: EachBatchPayload, held: Held): Promise<readonly DeliveredMessage[]> {
    const { topic, partition } = batch;
    const first = Number(batch.messages[0]?.offset ?? held.next);
    if (first !== held.next) {
      const bounds = (await boundsOf(this.#admin, topic)).get(partition);
      if (bounds) requireKept({ topic, partition }, held.next, bounds);
    }
    return batch.messages.map(delivered).filter(({ offset }) => offset >= held.next);
  }

  async #settled(payload: EachBatchPayload, held: Held, next: number, forgettable: number): Promise<void> {
    const { topic, partition } = payload.batch;
    held.next = next;
    this.#sign();
    payload.resolveOffset(String(next - 1));
    const isLast = next > Number(payload.batch.messages.at(-1)?.offset ?? 0);
    if (isLast || Date.now() - held.committedAt >= COMMIT_MS) {
      held.committedAt = Date.now();
      try {
        await this.#consumer.commitOffsets([{ topic, partition, offset: String(forgettable) }]);
      } catch (error) {
        if (isRebalance(error)) throw error;
        this.#session.trouble(readingError(error, 'Keeping the position'));
      }
    }
    await payload.heartbeat();
  }

  /** The group says that the partition is ours and the ledger that it is not: one of them will know better soon. */
  #claimAgain(place: Place): void {
    const { topic, partition } = place;
    const { signal } = this.#generation;
    this.#held.delete(nameOf(place));
    this.#consumer.pause([{ topic, partitions: [partition] }]);
    void wait(AGAIN_MS, undefined, { signal }).then(
      () => this.#adopt([place], signal),
      () => {},
    );
  }
}

function delivered({ key, value, headers, offset }: KafkaMessage): DeliveredMessage {
  return {
    key: key?.toString('utf8') ?? '',
    ...decodeValue(value),
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
    offset: Number(offset),
  };
}

const nameOf = ({ topic, partition }: Place) => `${topic} ${partition}`;
