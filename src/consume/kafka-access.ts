import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { CredentialError, type IsthmusError, isIsthmusError, TransientError } from '#sdk';
import type { KafkaOptions } from './kafka.ts';

/** Consumers wait for coordinators: the first one of a cluster makes it create its own topics. */
const PATIENT = { retries: 20, initialRetryTime: 200, maxRetryTime: 2000 };

export function kafkaClient(options: KafkaOptions): Kafka {
  const { brokers, clientId, groupId, sasl, tls, requestTimeoutMs = 15_000 } = options;
  return new Kafka({
    brokers: [...brokers],
    clientId: clientId ?? groupId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    authenticationTimeout: 10_000,
    requestTimeout: requestTimeoutMs,
    retry: PATIENT,
    ...(sasl && { sasl: { ...sasl } as SASLOptions }),
    ...(tls && {
      ssl: {
        ...(tls.ca && { ca: [...tls.ca] }),
        ...(tls.cert && { cert: tls.cert }),
        ...(tls.key && { key: tls.key }),
      },
    }),
  });
}

const REFUSED: ReadonlySet<unknown> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

interface KafkaFailure {
  readonly name?: string;
  readonly type?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

/** What a failure of kafkajs means to a consumer. Whatever is not a refused login may work later. */
export function readingError(thrown: unknown, doing: string): IsthmusError {
  if (isIsthmusError(thrown)) return thrown;
  let failure = thrown as KafkaFailure;
  for (let depth = 0; depth < 5 && failure?.type === undefined && failure?.cause instanceof Error; depth += 1) {
    failure = failure.cause as KafkaFailure;
  }
  const told = `${doing}: ${failure?.message ?? String(thrown)}`;
  const details = { kafka: failure?.type ?? failure?.name };
  if (failure?.name === 'KafkaJSSASLAuthenticationError' || REFUSED.has(failure?.type)) {
    return new CredentialError(told, { cause: thrown, details });
  }
  return new TransientError(told, { cause: thrown, details });
}

/** The member has to join its group again, or is in it no longer. */
export function isRebalance(thrown: unknown): boolean {
  const { type } = thrown as KafkaFailure;
  return (
    type === 'REBALANCE_IN_PROGRESS' ||
    type === 'ILLEGAL_GENERATION' ||
    type === 'UNKNOWN_MEMBER_ID' ||
    type === 'NOT_COORDINATOR_FOR_GROUP'
  );
}
