/**
 * What changed, as rows written with the change itself: partition at insert, dense offsets after the commit. Promises
 * an order per canonical id and no gap in it. Refuses to decide what a change is.
 */
export { type Change, type ChangeOp, writeChanges } from './change-row.ts';
export { assignOffsets } from './offsets.ts';
export { PARTITIONS, partitionOf } from './partition.ts';
