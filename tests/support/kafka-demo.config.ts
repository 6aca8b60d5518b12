import { defineHub } from 'isthmus/sdk';
import paced from './paced-demo.config.ts';

/** The demo's config, with its changes in Kafka. */
export default defineHub({
  ...paced,
  topics: { kind: 'kafka', brokers: [process.env.KAFKA_BROKER ?? ''], prefix: 'hub' },
});
