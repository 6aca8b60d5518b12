import { expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { until } from '../../support/until.ts';
import { describeKafka, startKafka } from './index.ts';

describeKafka('a real Kafka', () => {
  test('keeps what was acknowledged when it is killed and started again', async () => {
    const cluster = await startKafka();
    try {
      const kafka = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1, replicationFactor: 1 }] });
      const producer = kafka.producer();
      await producer.connect();
      await producer.send({ topic: 'kept', acks: -1, messages: [{ key: 'a', value: '1', partition: 0 }] });
      await producer.disconnect();
      await admin.disconnect();
      await cluster.nodes[0]!.kill();
      await cluster.nodes[0]!.start();
      const again = kafka.admin();
      await until('the topic again', async () => {
        await again.connect();
        const [offsets] = await again.fetchTopicOffsets('kept');
        return offsets?.high === '1';
      });
      await again.disconnect();
      expect(cluster.brokers).toHaveLength(1);
    } finally {
      await cluster.stop();
    }
  }, 90_000);
});
