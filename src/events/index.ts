/**
 * What changed, as rows written with the change itself: partition at insert, dense offsets after the commit, and from
 * there to whoever follows, by the embedded log or by Kafka. Promises an order per canonical id and no gap in it, each
 * change at least once. Refuses to decide what a change is.
 */
export { asyncApiDocument } from './asyncapi.ts';
export { type Change, type ChangeOp, writeChanges } from './change-row.ts';
export { type BrokenPromise, brokenPromises, type EventContract, eventContract } from './contract.ts';
export { embeddedTransport } from './embedded-transport.ts';
export { type ChangeData, createEnvelope, type Envelope, sequenceOf } from './envelope.ts';
export type * from './golden-source.ts';
export type { KafkaTransportOptions } from './kafka-transport.ts';
export { keepLease, takeLease, type WorkLease } from './lease.ts';
export { logEnds } from './log-position.ts';
export { type LogEvent, type LogFollower, type LogTail, type LogTailOptions, openLogTail } from './log-tail.ts';
export { assignOffsets } from './offsets.ts';
export { openKafka } from './open-kafka.ts';
export { listParked, type ParkedKey } from './parked-keys.ts';
export { PARTITIONS, partitionOf } from './partition.ts';
export { type Placement, startPlacement } from './placement.ts';
export { pruneChanges, startPruning } from './prune.ts';
export { RELAY, type Relay, type RelayOptions, startRelay } from './relay.ts';
export { type LogVector, type ReadToken, readResumeToken, writeResumeToken } from './resume-token.ts';
export { type EventSchema, eventSchemas } from './schema.ts';
export { SHARED_SCHEMAS } from './schema-shared.ts';
export { type JsonSchema, schemaFile } from './schema-values.ts';
export type { SourceData } from './source-envelope.ts';
export { sourceChange } from './source-rows.ts';
export { readChanges, type StoredChange } from './stored-change.ts';
export { type ReplayRequest, type SnapshotRequest, type TopicCommands, topicCommands } from './topic-commands.ts';
export { findJob, listJobs, type TopicJob, type TopicJobKind } from './topic-jobs.ts';
export { openTopicLog, type TopicLog, type TopicPage, type TopicRead } from './topic-log.ts';
export { type PersonalPolicy, type TopicSettings, topicName } from './topics.ts';
export { newTrace } from './trace.ts';
export type * from './transport.ts';
export { EVENT_VERSIONS, type EventVersions, isRetired } from './versions.ts';
