import { innermostFailure, type KafkaFailure } from '#consume';
import { ConfigError, CredentialError, type IsthmusError, RejectedRecordError, TransientError } from '#sdk';

/** The broker will never take such a message. */
const REFUSALS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);
const CREDENTIALS: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/** The broker's certificate is not one that the config trusts. An expired one is the broker's own trouble. */
const UNTRUSTED: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What a failure of kafkajs means. Whatever is not known to be final may work later. */
export function kafkaError(thrown: unknown, doing: string): IsthmusError {
  const failure = innermostFailure(thrown);
  const told = failure.message ?? String(thrown);
  const details = { kafka: failure.type ?? failure.name };
  if (failure.type !== undefined && REFUSALS.has(failure.type)) {
    return new RejectedRecordError(`${doing}: the broker refuses a message for good: ${told}`, {
      cause: thrown,
      details,
    });
  }
  const wrong = configProblem(failure, doing, thrown);
  if (wrong) return wrong;
  if (failure.name === 'KafkaJSSASLAuthenticationError' || CREDENTIALS.has(failure.type ?? '')) {
    return new CredentialError(`${doing}: the broker refuses the login or its rights: ${told}`, {
      cause: thrown,
      details,
    });
  }
  return new TransientError(`${doing}: ${told}${hintFor(failure)}`, { cause: thrown, details });
}

/** What only another config can mend. */
function configProblem(failure: KafkaFailure, doing: string, thrown: unknown): ConfigError | undefined {
  const problem = (field: string, message: string) =>
    new ConfigError(`${doing}: ${message}`, { cause: thrown, details: { field } });
  if (UNTRUSTED.has(failure.code)) {
    return problem(
      'topics.tls.ca',
      `the broker's certificate is not trusted (${failure.code}). Name its authority's certificate in topics.tls.ca.`,
    );
  }
  if (failure.name === 'KafkaJSSASLAuthenticationError' && /not supported by the server/.test(failure.message ?? '')) {
    return problem('topics.sasl.mechanism', `${failure.message}. Name another in topics.sasl.mechanism.`);
  }
  if (failure.type === 'ILLEGAL_SASL_STATE') {
    return problem('topics.sasl', 'the broker asks for no login at this port. Leave topics.sasl out, or name another.');
  }
  return undefined;
}

function hintFor({ type, name, code }: KafkaFailure): string {
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return ' The topic is gone; the hub creates it again.';
  if (name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET') {
    return '. A broker that wants TLS or a login closes connections without them, and one without TLS those with it: see topics.tls and topics.sasl.';
  }
  return '';
}
