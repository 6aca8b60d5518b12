import { setTimeout as wait } from 'node:timers/promises';
import { type Admin, Kafka, type KafkaConfig } from 'kafkajs';
import { TransientError } from '#sdk';
import { KafkaLines } from './kafka-lines.ts';

/** A minute for topics that are created while brokers come and go. */
const SETTLED_WITHIN_MS = 60_000;
const DISCONNECTED_WITHIN_MS = 2000;

/** Does `work` as an administrator of the cluster, on lines of its own. It settles in bounded time. */
export async function withAdmin<T>(
  config: KafkaConfig,
  work: (admin: Admin) => Promise<T>,
  withinMs = SETTLED_WITHIN_MS,
): Promise<T> {
  const lines = new KafkaLines();
  const admin = new Kafka({ ...config, socketFactory: lines.open }).admin({ retry: { retries: 0 } });
  const over = new AbortController();
  const tooLong = wait(withinMs, undefined, { signal: over.signal }).then(() => {
    throw new TransientError(`the brokers did not answer within ${withinMs} ms`);
  });
  const working = admin.connect().then(() => work(admin));
  try {
    return await Promise.race([working, tooLong]);
  } finally {
    over.abort();
    const disconnected = admin.disconnect().catch(() => {});
    await Promise.race([disconnected, wait(DISCONNECTED_WITHIN_MS, undefined, { ref: false })]);
    lines.cut(new Error('This administrator has ended.'));
  }
}
