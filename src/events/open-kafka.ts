import { kafkaConnection } from '#consume';
import type { KafkaTransportOptions } from './kafka-transport.ts';
import type { PublishingTransport } from './transport.ts';

/** Loaded only where topics are in Kafka: everybody else starts without its client. */
export async function openKafka(options: KafkaTransportOptions): Promise<PublishingTransport> {
  const { kafkaTransport } = await import('./kafka-transport.ts');
  return kafkaTransport(await kafkaConnection(options), options);
}
