/**
 * For services that follow a hub's topics, from Kafka or from the hub's own log. Promises that each change takes effect
 * once, in order per record, and that what cannot be handled is kept with all that follows it. Refuses to skip anything
 * in silence.
 */
export { type ConsumeOptions, type Consumer, consume } from './consume.ts';
export { embedded } from './embedded-source.ts';
export {
  InvalidEventError,
  ParkedTooMuchError,
  StalledError,
  TakenOverError,
  UnknownEventError,
} from './errors.ts';
export {
  type ChangeEvent,
  type ChangeEventOp,
  type ConsumedEvent,
  decodeEvent,
  type EventPlace,
  type EventValues,
  type EventVersions,
  placeOf,
  type SnapshotMarker,
  type StateEvent,
} from './event.ts';
export { type FailureVerdict, judgeFailure } from './failures.ts';
export { fileLedger } from './file-ledger.ts';
export type { HandleContext, Handler, MarkerHandler } from './handling.ts';
export { type HubOptions, hub } from './hub-source.ts';
export { followKafka, type KafkaAccess, type KafkaOptions, kafka, kafkaConnection } from './kafka.ts';
export { innermostFailure, type KafkaFailure } from './kafka-failure.ts';
export {
  type Claim,
  type Ledger,
  type LedgerEntries,
  OLDEST,
  type ParkedEvent,
  type ParkedReason,
  type PartitionMemory,
  type Place,
} from './ledger.ts';
export { memoryLedger } from './memory-ledger.ts';
export type * from './messages.ts';
export type { ConsumerNotice, ConsumerStats } from './notices.ts';
export type { Pace } from './partition-worker.ts';
export {
  POSTGRES_LEDGER_TABLES,
  type PostgresClient,
  type PostgresLedgerOptions,
  type PostgresPool,
  postgresLedger,
} from './postgres-ledger.ts';
export type { ReleaseReport } from './release.ts';
export type { OpenSource, Source, SourceSession, SourceStart } from './source.ts';
