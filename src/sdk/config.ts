/** A hub's config: the one file an enterprise writes. */
import type { Entities, EntityName } from 'isthmus/model';
import type { ConnectionDefinition } from './connector.ts';

/** A reference to a secret, resolved from the environment at start; printing it shows its name only. */
export interface SecretRef {
  readonly secret: string;
}

/** `secret('ERP_PASSWORD')`: the value of that environment variable, or of the file that `ERP_PASSWORD_FILE` names. */
export function secret(name: string): SecretRef {
  return Object.freeze({ secret: name, toString: () => `secret(${name})`, toJSON: () => `secret(${name})` });
}

/** Who owns each fact: per entity and field (or group), connections in order; `'*'` is for fields not named. */
export type Ownership<Connection extends string> = {
  readonly [E in EntityName]?: { readonly [F in (keyof Entities[E] & string) | '*']?: readonly Connection[] };
};

export interface HubConfig<
  Connections extends Readonly<Record<string, ConnectionDefinition>> = Readonly<Record<string, ConnectionDefinition>>,
> {
  /** In order: a field that nobody owns is taken from the first connection that knows it. */
  readonly connections: Connections;
  readonly ownership?: Ownership<keyof Connections & string>;
  /** SDL files with own types and fields, added to the canonical model. Relative to the config file. */
  readonly model?: readonly string[];
  readonly store?:
    | { readonly kind: 'sqlite'; readonly folder?: string }
    | { readonly kind: 'postgresql'; readonly url: string | SecretRef };
  readonly server?: { readonly port?: number; readonly host?: string; readonly allowedHosts?: readonly string[] };
  readonly limits?: Partial<QueryLimits>;
  /** Where changes are told; in the hub's own log only by default. */
  readonly topics?: TopicsConfig;
  /** How changes are sent to HTTP endpoints; the endpoints themselves are kept in the hub's own graph. */
  readonly webhooks?: WebhooksConfig;
  /** At most this many claims may point at one record; beyond it none of them links. 20 by default. */
  readonly maxClaims?: number;
}

/** Where changes are told: in the hub's own log always, in a Kafka cluster where it is named. */
export type TopicsConfig = EmbeddedTopicsConfig | KafkaTopicsConfig;

interface CommonTopicsConfig {
  /** Leads the names of all topics: `{prefix}.changes.Customer`. `isthmus` by default. */
  readonly prefix?: string;
  /** How long changes are kept, in the hub's log and in topics that it creates. 7 by default. */
  readonly retentionDays?: number;
  /** Personal fields that events may hold, or `'*'` for all of an entity. None by default; payment data never. */
  readonly personal?: { readonly [E in EntityName]?: readonly ((keyof Entities[E] & string) | '*')[] };
  /**
   * Streams whose records are told as observed, in `{prefix}.source.{connection}.{stream}`: `true` for all, or by
   * connection. None by default.
   */
  readonly sources?: true | { readonly [connection: string]: true | readonly string[] };
}

/** Only the hub's own log. */
export interface EmbeddedTopicsConfig extends CommonTopicsConfig {
  readonly kind: 'embedded';
}

/** Topics of a Kafka cluster, created at the first start. */
export interface KafkaTopicsConfig extends CommonTopicsConfig {
  readonly kind: 'kafka';
  /** Such as `kafka-1.example.com:9092`. */
  readonly brokers: readonly string[];
  /** Copies of each partition, for topics that are created; the brokers' own setting by default. */
  readonly replication?: number;
  /** How the hub logs in; without it, it does not. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string | SecretRef;
    readonly password: SecretRef;
  };
  /** `true`: encrypted, and any authority that Node knows is trusted. Files are named from the config's folder, in PEM. */
  readonly tls?: boolean | { readonly ca?: string | readonly string[]; readonly cert?: string; readonly key?: string };
}

/** To public addresses by https only, unless allowed here. */
export interface WebhooksConfig {
  /** Targets that are not public: `true` for loopback and private networks, or ranges such as `['10.0.0.0/8']`. */
  readonly allowPrivate?: boolean | readonly string[];
  /** Targets without TLS. */
  readonly allowHttp?: boolean;
  /** Requests under way to one endpoint, never two for one record. 8 by default. */
  readonly concurrency?: number;
  /** An answer that takes longer is a failure. 15 by default. */
  readonly timeoutSeconds?: number;
  /** From 5 seconds on each wait is four times the one before, up to an hour; an event is given up after 75 hours. */
  readonly retry?: { readonly firstSeconds?: number; readonly longestSeconds?: number; readonly hours?: number };
  /** An endpoint that took nothing for so long is paused. 72 by default. */
  readonly pauseAfterHours?: number;
}

/** What one request may ask for. */
export interface QueryLimits {
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxTokens: number;
  /** Rows of one page. */
  readonly maxPageSize: number;
  /** Rows that a query could return at the most, pages multiplied along the path. */
  readonly maxCost: number;
  /** Bytes of a request body, and of a message over a WebSocket. */
  readonly maxBodyBytes: number;
  /** Subscriptions that the process serves at once. */
  readonly maxSubscriptions: number;
  /** Subscriptions of one WebSocket. */
  readonly maxSubscriptionsPerConnection: number;
  /** Events that may wait for one subscriber before its stream is closed as too slow; so for bytes. */
  readonly maxBufferedEvents: number;
  readonly maxBufferedBytes: number;
}

/** Types the whole by its connections: ownership can only name connections that exist. */
export function defineHub<const C extends Readonly<Record<string, ConnectionDefinition>>>(
  config: HubConfig<C>,
): HubConfig<C> {
  return config;
}
