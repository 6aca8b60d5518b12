import type { EventMessage, Transport } from '#consume';
import type { TopicPlan } from './kafka-topics.ts';

export type { DeliveredMessage, Delivery, EventMessage, Subscriber, Subscription, Transport } from '#consume';

/** A transport outside of the store, which somebody has to fill. */
export interface PublishingTransport extends Transport {
  /** Creates the topics that are missing, and refuses with a `ConfigError` those that are not as they must be. */
  prepare(more?: readonly TopicPlan[]): Promise<void>;
  /**
   * Resolves once all of them are stored, in this order. Whatever goes wrong on the way, the same messages are sent
   * again before any other of this partition, so a message can be there twice. Rejects with `REJECTED_RECORD` when the
   * broker will never take one of them, and when aborted.
   */
  publish(topic: string, partition: number, messages: readonly EventMessage[], signal: AbortSignal): Promise<void>;
}
