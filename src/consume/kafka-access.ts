import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { CredentialError, type IsthmusError, isIsthmusError, TransientError } from '#sdk';
import type { KafkaAccess, KafkaOptions } from './kafka.ts';
import { innermostFailure, type KafkaFailure } from './kafka-failure.ts';
import { calmRequestQueues } from './kafka-request-queue.ts';

/** Consumers wait for coordinators: the first one of a cluster makes it create its own topics. */
const PATIENT = { retries: 8, initialRetryTime: 200, maxRetryTime: 2000 };
const REQUEST_TIMEOUT_MS = 15_000;

/** What a client of kafkajs is made with. */
export function kafkaConnection({ brokers, clientId, sasl, tls }: KafkaAccess): KafkaConfig {
  calmRequestQueues();
  return {
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    authenticationTimeout: 10_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: PATIENT,
    ...(sasl && { sasl: { ...sasl } as SASLOptions }),
    ...(tls && {
      ssl: {
        ...(tls.ca && { ca: [...tls.ca] }),
        ...(tls.cert && { cert: tls.cert }),
        ...(tls.key && { key: tls.key }),
      },
    }),
  };
}

export function kafkaClient(options: KafkaOptions): Kafka {
  const { clientId = options.groupId, requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS } = options;
  return new Kafka({ ...kafkaConnection({ ...options, clientId }), requestTimeout });
}

const REFUSED: ReadonlySet<unknown> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/** What a failure of kafkajs means to a consumer. Whatever is not a refused login may work later. */
export function readingError(thrown: unknown, doing: string): IsthmusError {
  if (isIsthmusError(thrown)) return thrown;
  const { name, type, message = String(thrown) } = innermostFailure(thrown);
  const told = `${doing}: ${message}`;
  const details = { kafka: type ?? name };
  if (name === 'KafkaJSSASLAuthenticationError' || REFUSED.has(type)) {
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
