/**
 * A real Apache Kafka for tests: brokers from Maven's artefacts, run by Java in KRaft mode. Promises empty brokers per
 * start, kill and restart on the same data, and no process left behind. Refuses to be used outside tests.
 */
export { type KafkaCluster, type KafkaNode, type KafkaOptions, startKafka } from './cluster.ts';
export { describeKafka } from './describe-kafka.ts';
export { missingForKafka, prepareKafka } from './distribution.ts';
