import { defineHub } from 'isthmus/sdk';
import paced from './paced-demo.config.ts';

/** The demo's CRM alone, with its changes in Kafka. */
export default defineHub({
  connections: { crm: paced.connections.crm },
  topics: { kind: 'kafka', brokers: [process.env.KAFKA_BROKER ?? ''], prefix: 'hub' },
});
