/** One event, as it is written to a topic: CloudEvents 1.0 in binary mode. */
export interface EventMessage {
  /** The canonical id. */
  readonly key: string;
  /** JSON text; null: the key is gone. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeliveredMessage extends EventMessage {
  readonly offset: number;
  /** The value as it came, where it is no text. */
  readonly bytes?: Uint8Array;
}

/** Messages of one partition of one topic, in order. */
export interface Delivery {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly DeliveredMessage[];
}

export interface Subscription {
  /** Consumers of one group share the partitions and where they stand. */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Called for one delivery of a partition at a time. The group moves on once it resolves; when it throws, the same
   * messages come again. So each message comes at least once, in order per key: drop by sequence what is known.
   */
  handle(delivery: Delivery): Promise<void>;
  /** What went wrong and is tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface Subscriber {
  /** Rejects when it cannot go on, such as with `GONE`; never resolves. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Where consumers find what changed. New groups begin with the oldest that is kept. */
export interface Transport {
  subscribe(subscription: Subscription): Promise<Subscriber>;
  close(): Promise<void>;
}
