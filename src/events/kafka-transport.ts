import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, type Producer } from 'kafkajs';
import { hasCode, TransientError } from '#sdk';
import { type KafkaAccess, kafkaConnection } from './kafka-connection.ts';
import { kafkaError } from './kafka-errors.ts';
import { subscribeKafka } from './kafka-subscriber.ts';
import { prepareTopics, type TopicCreation, type TopicPlan } from './kafka-topics.ts';
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
/** Consumers wait for coordinators: the first one of a cluster makes it create its own topics. */
const PATIENT = { retries: 20, initialRetryTime: 200, maxRetryTime: 2000 };

/**
 * Topics of a Kafka cluster. Each send is for one partition of one topic, and none is made there while another is
 * outstanding: kafkajs loses acknowledged messages otherwise.
 */
export function kafkaTransport(options: KafkaTransportOptions): PublishingTransport {
  const connection = kafkaConnection(options);
  const kafka = new Kafka({ ...connection, retry: RETRY });
  const sender = new KafkaSender(kafka, options.onTrouble ?? (() => {}));
  const subscribers = new Set<Subscriber>();
  return {
    async prepare() {
      const admin = kafka.admin({ retry: { retries: 0 } });
      try {
        await admin.connect();
        await prepareTopics(admin, options.topics, options);
      } catch (error) {
        throw hasCode(error, 'CONFIG') ? error : kafkaError(error, 'Checking the topics');
      } finally {
        await admin.disconnect().catch(() => {});
      }
    },
    publish: (topic, partition, messages, signal) => sender.publish(topic, partition, messages, signal),
    async subscribe(subscription) {
      const subscriber = await subscribeKafka(new Kafka({ ...connection, retry: PATIENT }), subscription);
      subscribers.add(subscriber);
      return subscriber;
    },
    async close() {
      await Promise.all([...subscribers].map((subscriber) => subscriber.stop()));
      await sender.close();
    },
  };
}

class KafkaSender {
  readonly #kafka: Kafka;
  readonly #onTrouble: (error: unknown) => void;
  readonly #turns = new Map<string, Promise<void>>();
  #producer: Promise<Producer> | undefined;

  constructor(kafka: Kafka, onTrouble: (error: unknown) => void) {
    this.#kafka = kafka;
    this.#onTrouble = onTrouble;
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
    await this.#replaceProducer();
  }

  async #sendUntilStored(topic: string, partition: number, slice: readonly EventMessage[], signal: AbortSignal) {
    const messages = slice.map(({ key, value, headers }) => ({ key, value, headers: { ...headers }, partition }));
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await this.#send(topic, partition, messages);
      } catch (thrown) {
        const error = kafkaError(thrown, `Publishing to ${topic}, partition ${partition}`);
        const isRefused = hasCode(error, 'REJECTED_RECORD');
        if (isRefused || attempt % TRIES_PER_PRODUCER === 0) await this.#replaceProducer();
        if (isRefused) throw error;
        if (attempt === TELL_AT_TRY) this.#onTrouble(error);
      }
      await wait(Math.min(100 * 2 ** Math.min(attempt, 10), LONGEST_WAIT_MS), undefined, { signal });
    }
  }

  async #send(topic: string, partition: number, messages: Parameters<Producer['send']>[0]['messages']): Promise<void> {
    const producer = await this.#connected();
    const stored = await producer.send({ topic, acks: -1, timeout: SEND_TIMEOUT_MS, messages });
    if (!stored.some((answer) => answer.partition === partition && answer.errorCode === 0)) {
      throw new TransientError('the broker did not answer for the partition');
    }
  }

  #connected(): Promise<Producer> {
    this.#producer ??= this.#connect().catch((error) => {
      this.#producer = undefined;
      throw error;
    });
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({ idempotent: true, retry: RETRY, allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  }

  async #replaceProducer(): Promise<void> {
    const old = this.#producer;
    this.#producer = undefined;
    await old?.then((producer) => producer.disconnect()).catch(() => {});
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
