import { setTimeout as wait } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { followKafka, type SourceSession } from '#consume';
import type { DeliveredMessage, Subscriber, Subscription } from './transport.ts';

/** Handed over at once, so that a heartbeat is never far. */
const SLICE = 100;
const TRY_AGAIN_MS = 200;

/** A consumer of a group, whose offsets Kafka keeps. Nothing is committed that was not handled. */
export async function subscribeKafka(kafka: Kafka, subscription: Subscription): Promise<Subscriber> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const session: SourceSession = {
    claim: async () => ({ position: undefined, incarnation: undefined }),
    skipTo: async () => {},
    stalled: (error) => subscription.onError?.(error),
    trouble: (error) => subscription.onError?.(error),
    fail: (error) => fail(error),
    async deliver({ topic, partition }, messages, { signal, settled }) {
      for (let at = 0; at < messages.length; at += SLICE) {
        const slice = messages.slice(at, at + SLICE);
        if (!(await handled(subscription, topic, partition, slice, signal))) return;
        const next = (slice.at(-1)?.offset ?? 0) + 1;
        await settled(next, next);
      }
    },
  };
  const source = await followKafka(kafka, { groupId: subscription.group }, subscription.topics, session);
  return { failed, stop: () => source.stop() };
}

/** Until it succeeds. False: the partition is somebody else's by now, or the consumer stops. */
async function handled(
  { handle, onError }: Subscription,
  topic: string,
  partition: number,
  messages: readonly DeliveredMessage[],
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await handle({ topic, partition, messages });
      return true;
    } catch (error) {
      onError?.(error);
      await wait(TRY_AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }
  return false;
}
