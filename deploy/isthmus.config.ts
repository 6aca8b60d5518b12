import { defineHub, secret } from 'isthmus/sdk';
import demo from '../isthmus.config.ts';

/** The demo enterprise on PostgreSQL and Kafka, as docker-compose.yml sets them up. */
export default defineHub({
  ...demo,
  store: { kind: 'postgresql', url: secret('DATABASE_URL') },
  topics: { kind: 'kafka', brokers: (process.env.KAFKA_BROKERS ?? '').split(',') },
});
