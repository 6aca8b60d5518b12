export interface KafkaFailure {
  readonly name?: string;
  readonly message?: string;
  /** The broker's own name for it, such as `MESSAGE_TOO_LARGE`. */
  readonly type?: string;
  /** Node's own, of the connection. */
  readonly code?: string | number;
  readonly cause?: unknown;
}

/** kafkajs wraps what happened in what it did about it. */
export function innermostFailure(thrown: unknown): KafkaFailure {
  let failure = thrown as KafkaFailure;
  for (let depth = 0; depth < 5 && failure?.type === undefined && failure?.cause instanceof Error; depth += 1) {
    failure = failure.cause as KafkaFailure;
  }
  return failure ?? {};
}
