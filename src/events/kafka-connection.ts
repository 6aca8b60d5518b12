import { type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';

/** Where the brokers are and how one gets in. */
export interface KafkaAccess {
  /** Such as `kafka-1.example.com:9092`. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
  /** Texts in PEM; without a ca the authorities that Node knows are trusted. */
  readonly tls?: { readonly ca?: readonly string[]; readonly cert?: string; readonly key?: string } | undefined;
}

export function kafkaConnection({ brokers, clientId, sasl, tls }: KafkaAccess): KafkaConfig {
  return {
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    authenticationTimeout: 10_000,
    requestTimeout: 15_000,
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
