import type { KafkaTransportOptions } from './kafka-transport.ts';
import type { PublishingTransport } from './transport.ts';

/** Loaded only where topics are in Kafka: everybody else starts without its client. */
export async function openKafka(options: KafkaTransportOptions): Promise<PublishingTransport> {
  const [{ kafkaTransport }, { kafkaConnection }] = await Promise.all([
    import('./kafka-transport.ts'),
    import('#consume'),
  ]);
  return kafkaTransport(await kafkaConnection(options), options);
}
