import { setTimeout as wait } from 'node:timers/promises';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { DeliveredMessage, Subscriber, Subscription } from './transport.ts';

/** Handed over at once, so that a heartbeat is never far. */
const SLICE = 100;
const HEARTBEAT_MS = 1000;
const TRY_AGAIN_MS = 200;

/** A consumer of a group, whose offsets Kafka keeps. Nothing is committed that was not handled. */
export async function subscribeKafka(kafka: Kafka, subscription: Subscription): Promise<Subscriber> {
  const { group, topics } = subscription;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 10_000,
    rebalanceTimeout: 15_000,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: 300,
    allowAutoTopicCreation: false,
  });
  const failed = new Promise<never>((_, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) subscription.onError?.(payload.error);
      else reject(payload.error);
    });
  });
  failed.catch(() => {});
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 3,
    eachBatch: async (payload) => {
      const { topic, partition, messages } = payload.batch;
      for (let at = 0; at < messages.length; at += SLICE) {
        const slice = messages.slice(at, at + SLICE);
        if (!(await handled(subscription, payload, slice))) return;
        const next = String(BigInt(slice.at(-1)?.offset ?? 0) + 1n);
        await consumer.commitOffsets([{ topic, partition, offset: next }]);
        payload.resolveOffset(slice.at(-1)?.offset ?? '0');
        await payload.heartbeat();
      }
    },
  });
  return { failed, stop: () => consumer.disconnect() };
}

/** Until it succeeds. False: the partition is somebody else's by now, or the consumer stops. */
async function handled(subscription: Subscription, payload: EachBatchPayload, slice: readonly KafkaMessage[]) {
  const { topic, partition } = payload.batch;
  const messages = slice.map(delivered);
  const beating = setInterval(() => void payload.heartbeat().catch(() => {}), HEARTBEAT_MS);
  try {
    while (payload.isRunning() && !payload.isStale()) {
      try {
        await subscription.handle({ topic, partition, messages });
        return true;
      } catch (error) {
        subscription.onError?.(error);
        await wait(TRY_AGAIN_MS);
      }
    }
    return false;
  } finally {
    clearInterval(beating);
  }
}

function delivered({ key, value, headers, offset }: KafkaMessage): DeliveredMessage {
  return {
    key: key?.toString('utf8') ?? '',
    value: value?.toString('utf8') ?? null,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
    offset: Number(offset),
  };
}
