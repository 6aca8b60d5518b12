import type { Kafka, KafkaConfig } from 'kafkajs';
import type { OpenSource, Source, SourceSession } from './source.ts';

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

export interface KafkaOptions extends Omit<KafkaAccess, 'clientId'> {
  /** Members of one group share the partitions. */
  readonly groupId: string;
  /** The group's id by default. */
  readonly clientId?: string;
  /** A member that says nothing for so long loses its partitions. 10,000 by default; brokers take 6,000 at the least. */
  readonly sessionTimeoutMs?: number;
  /** With nothing fetched for so long the consumer is built anew. 30,000 by default. */
  readonly stalledAfterMs?: number;
  /** A broker waits so long for events before it answers that there are none. 300 by default. */
  readonly fetchWaitMs?: number;
  /** A request that is not answered for so long has failed. 15,000 by default. */
  readonly requestTimeoutMs?: number;
}

/** Topics of a Kafka cluster, by `kafkajs`, which the service installs. */
export function kafka(options: KafkaOptions): Source {
  return {
    async open(topics, session) {
      const { openKafkaSource } = await import('./kafka-source.ts');
      return await openKafkaSource(options, topics, session);
    },
  };
}

/** What a client of kafkajs is made with. */
export async function kafkaConnection(access: KafkaAccess): Promise<KafkaConfig> {
  return (await import('./kafka-access.ts')).kafkaConnection(access);
}

/** The same over a client that is configured already. */
export async function followKafka(
  client: Kafka,
  timing: Pick<KafkaOptions, 'groupId'>,
  topics: readonly string[],
  session: SourceSession,
): Promise<OpenSource> {
  const source = await import('./kafka-source.ts');
  return await source.followKafka(client, timing, topics, session);
}
