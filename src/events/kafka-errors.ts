import { CredentialError, type IsthmusError, RejectedRecordError, TransientError } from '#sdk';

interface KafkaFailure {
  readonly name?: string;
  readonly message?: string;
  /** The broker's own name for it, such as `MESSAGE_TOO_LARGE`. */
  readonly type?: string;
  readonly cause?: unknown;
}

/** The broker will never take such a message. */
const REFUSALS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);
const CREDENTIALS: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/** What a failure of kafkajs means. Whatever is not known to be final may work later. */
export function kafkaError(thrown: unknown, doing: string): IsthmusError {
  const failure = innermost(thrown);
  const told = failure.message ?? String(thrown);
  const details = { kafka: failure.type ?? failure.name };
  if (failure.type !== undefined && REFUSALS.has(failure.type)) {
    return new RejectedRecordError(`${doing}: the broker refuses a message for good: ${told}`, {
      cause: thrown,
      details,
    });
  }
  if (failure.name === 'KafkaJSSASLAuthenticationError' || CREDENTIALS.has(failure.type ?? '')) {
    return new CredentialError(`${doing}: the broker refuses the login or its rights: ${told}`, {
      cause: thrown,
      details,
    });
  }
  const hint = failure.type === 'UNKNOWN_TOPIC_OR_PARTITION' ? ' Start the hub again to have the topic created.' : '';
  return new TransientError(`${doing}: ${told}${hint}`, { cause: thrown, details });
}

/** kafkajs wraps what happened in what it did about it. */
function innermost(thrown: unknown): KafkaFailure {
  let failure = thrown as KafkaFailure;
  for (let depth = 0; depth < 5 && failure?.type === undefined && failure?.cause instanceof Error; depth += 1) {
    failure = failure.cause as KafkaFailure;
  }
  return failure ?? {};
}
