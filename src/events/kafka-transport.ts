import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, type KafkaConfig, type ProducerRecord } from 'kafkajs';
import type { KafkaAccess } from '#consume';
import { hasCode, TransientError } from '#sdk';
import { withAdmin } from './kafka-admin.ts';
import { kafkaError } from './kafka-errors.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { subscribeKafka } from './kafka-subscriber.ts';
import { prepareTopics, type TopicCreation, type TopicPlan } from './kafka-topics.ts';
import { published, publishedBytes, sendErrors, sendSeconds, topicsCreatedAgain } from './metrics.ts';
import type { EventMessage, PublishingTransport, Subscriber } from './transport.ts';

export interface KafkaTransportOptions extends TopicCreation, KafkaAccess {
  readonly topics: readonly TopicPlan[];
  /** What goes on going wrong and is tried again. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Below the broker's own limit of a megabyte for what is sent at once. */
const SEND_BYTES = 700_000;
const SEND_TIMEOUT_MS = 10_000;
const LONGEST_WAIT_MS = 2000;
/** After so many failures in a row the producer may itself be what is wrong. */
const TRIES_PER_PRODUCER = 5;
/** New topics and moved leaders are no news: they answer at the second try. */
const TELL_AT_TRY = 3;
const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 1000 };

/**
 * Topics of a Kafka cluster. Each send is for one partition of one topic, and none is made there while another is
 * outstanding: kafkajs loses acknowledged messages otherwise.
 */
export function kafkaTransport(connection: KafkaConfig, options: KafkaTransportOptions): PublishingTransport {
  const config = { ...connection, retry: RETRY };
  const plans = new Map(options.topics.map((plan) => [plan.name, plan]));
  const sender = new KafkaSender(config, { plans, creation: options, onTrouble: options.onTrouble ?? (() => {}) });
  const subscribers = new Set<Subscriber>();
  return {
    async prepare(more = []) {
      for (const plan of more) plans.set(plan.name, plan);
      try {
        await withAdmin(config, (admin) => prepareTopics(admin, [...plans.values()], options));
      } catch (error) {
        const named = hasCode(error, 'CONFIG') ? error : kafkaError(error, 'Checking the topics');
        sendErrors.inc({ code: named.code });
        throw named;
      }
    },
    publish: (topic, partition, messages, signal) => sender.publish(topic, partition, messages, signal),
    async subscribe(subscription) {
      const subscriber = await subscribeKafka(new Kafka(connection), subscription);
      subscribers.add(subscriber);
      return subscriber;
    },
    async close() {
      await Promise.all([...subscribers].map((subscriber) => subscriber.stop()));
      await sender.close();
    },
  };
}

interface SenderOptions {
  /** By topic; grows with what is asked for later. */
  readonly plans: ReadonlyMap<string, TopicPlan>;
  readonly creation: TopicCreation;
  readonly onTrouble: (error: unknown) => void;
}

class KafkaSender {
  readonly #config: KafkaConfig;
  readonly #options: SenderOptions;
  readonly #turns = new Map<string, Promise<void>>();
  #producer: Promise<KafkaProducer> | undefined;

  constructor(config: KafkaConfig, options: SenderOptions) {
    this.#config = config;
    this.#options = options;
  }

  publish(topic: string, partition: number, messages: readonly EventMessage[], signal: AbortSignal): Promise<void> {
    const place = `${topic} ${partition}`;
    const turn = (this.#turns.get(place) ?? Promise.resolve()).then(async () => {
      for (const slice of slicesOf(messages)) await this.#sendUntilStored(topic, partition, slice, signal);
    });
    this.#turns.set(
      place,
      turn.catch(() => {}),
    );
    return turn;
  }

  async close(): Promise<void> {
    if (this.#producer) await this.#retire(this.#producer);
  }

  async #sendUntilStored(topic: string, partition: number, slice: readonly EventMessage[], signal: AbortSignal) {
    const messages = slice.map(({ key, value, headers }) => ({
      key: key === '' ? null : key,
      value,
      headers: { ...headers },
      partition,
    }));
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const producer = this.#connected();
      try {
        await sendWith(await producer, topic, partition, messages);
        this.#count(topic, messages, startedAt);
        return;
      } catch (thrown) {
        const error = kafkaError(thrown, `Publishing to ${topic}, partition ${partition}`);
        sendErrors.inc({ code: error.code });
        const isRefused = hasCode(error, 'REJECTED_RECORD');
        const isSpent = isRefused || attempt % TRIES_PER_PRODUCER === 0 || (await isGivenUp(producer));
        if (isSpent) void this.#retire(producer);
        if (isRefused) throw error;
        if (attempt === TELL_AT_TRY) this.#options.onTrouble(error);
        if (error.details.kafka === 'UNKNOWN_TOPIC_OR_PARTITION' && attempt >= TELL_AT_TRY)
          await this.#makeAgain(topic);
      }
      await wait(Math.min(100 * 2 ** Math.min(attempt, 10), LONGEST_WAIT_MS), undefined, { signal });
    }
  }

  #count(topic: string, messages: readonly { readonly value: string | null }[], startedAt: number): void {
    const kind = this.#options.plans.get(topic)?.kind ?? 'other';
    let bytes = 0;
    for (const { value } of messages) bytes += value === null ? 0 : Buffer.byteLength(value);
    published.inc({ kind }, messages.length);
    publishedBytes.inc({ kind }, bytes);
    sendSeconds.observe((performance.now() - startedAt) / 1000);
  }

  /** A topic that somebody deleted, in the shape that it had. What was in it is gone. */
  async #makeAgain(topic: string): Promise<void> {
    const plan = this.#options.plans.get(topic);
    if (!plan) return;
    try {
      const isMade = await withAdmin(this.#config, (admin) => prepareTopics(admin, [plan], this.#options.creation));
      if (!isMade) return;
      topicsCreatedAgain.inc();
      this.#options.onTrouble(
        new TransientError(
          `The topic ${topic} was deleted, and is created again without what was in it. "isthmus topics replay" and "isthmus topics state-rebuild" fill it.`,
          { details: { topic } },
        ),
      );
    } catch (error) {
      this.#options.onTrouble(hasCode(error, 'CONFIG') ? error : kafkaError(error, `Creating ${topic}`));
    }
  }

  #connected(): Promise<KafkaProducer> {
    if (!this.#producer) {
      const connecting = connect(this.#config);
      connecting.catch(() => this.#forget(connecting));
      this.#producer = connecting;
    }
    return this.#producer;
  }

  #forget(producer: Promise<KafkaProducer>): void {
    if (this.#producer === producer) this.#producer = undefined;
  }

  /** Whoever else still uses it goes on to the next one after this try. */
  async #retire(producer: Promise<KafkaProducer>): Promise<void> {
    this.#forget(producer);
    await producer.then(
      (retired) => retired.retire(),
      () => {},
    );
  }
}

async function connect(config: KafkaConfig): Promise<KafkaProducer> {
  const producer = new KafkaProducer(config);
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    void producer.retire();
    throw error;
  }
}

const isGivenUp = (producer: Promise<KafkaProducer>) =>
  producer.then(
    ({ isGivenUp: is }) => is,
    () => false,
  );

async function sendWith(
  producer: KafkaProducer,
  topic: string,
  partition: number,
  messages: ProducerRecord['messages'],
) {
  const stored = await producer.send({ topic, acks: -1, timeout: SEND_TIMEOUT_MS, messages });
  if (!stored.some((answer) => answer.partition === partition && answer.errorCode === 0)) {
    throw new TransientError('the broker did not answer for the partition');
  }
}

function slicesOf(messages: readonly EventMessage[]): readonly (readonly EventMessage[])[] {
  const slices: EventMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = (message.value?.length ?? 0) * 2 + 600;
    bytes += size;
    if (bytes > SEND_BYTES) {
      slices.push([]);
      bytes = size;
    }
    slices.at(-1)?.push(message);
  }
  return slices;
}
