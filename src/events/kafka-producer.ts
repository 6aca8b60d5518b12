import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, type KafkaConfig, type Producer, type ProducerRecord } from 'kafkajs';
import { TransientError } from '#sdk';
import { KafkaLines } from './kafka-lines.ts';

/** Longer than an answer takes that still comes: where a line was cut, kafkajs may wait for it without an end. */
const SETTLED_WITHIN_MS = 20_000;
const DISCONNECTED_WITHIN_MS = 2000;

/**
 * An idempotent producer on lines of its own. Each call settles in bounded time; one that was given up reaches no
 * broker afterwards, so that its batch can be sent again by another.
 */
export class KafkaProducer {
  readonly #producer: Producer;
  readonly #lines = new KafkaLines();
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #ended = Promise.withResolvers<void>();
  #isRetired = false;
  #isGivenUp = false;

  constructor(config: KafkaConfig) {
    const kafka = new Kafka({ ...config, socketFactory: this.#lines.open });
    this.#producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  }

  /** It failed as a whole: every further call fails. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  connect(): Promise<void> {
    return this.#settled(this.#producer.connect());
  }

  send(record: ProducerRecord): ReturnType<Producer['send']> {
    return this.#settled(this.#producer.send(record));
  }

  /** No more calls: what is under way still settles. Resolves when the lines are closed. */
  retire(): Promise<void> {
    if (!this.#isRetired) {
      this.#isRetired = true;
      if (this.#waiting.size === 0) this.#end();
    }
    return this.#ended.promise;
  }

  #settled<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(), SETTLED_WITHIN_MS);
      const settle = () => {
        clearTimeout(timer);
        const isNews = this.#waiting.delete(fail);
        if (isNews && this.#isRetired && this.#waiting.size === 0) this.#end();
      };
      const fail = (error: Error) => {
        settle();
        reject(error);
      };
      this.#waiting.add(fail);
      work.then((result) => {
        settle();
        resolve(result);
      }, fail);
    });
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    this.#isRetired = true;
    const error = new TransientError(`the broker did not answer within ${SETTLED_WITHIN_MS} ms`);
    this.#lines.cut(error);
    for (const fail of [...this.#waiting]) fail(error);
  }

  #end(): void {
    const disconnected = this.#producer.disconnect().catch(() => {});
    void Promise.race([disconnected, wait(DISCONNECTED_WITHIN_MS, undefined, { ref: false })]).then(() => {
      this.#isGivenUp = true;
      this.#lines.cut(new Error('This producer has ended.'));
      this.#ended.resolve();
    });
  }
}
