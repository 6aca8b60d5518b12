/**
 * The hub's database, on SQLite or PostgreSQL alike: metadata by migrations, golden tables from the model, fast set
 * operations inside one transaction. Promises the same results, order and comparison on both. Refuses to know what
 * the rows mean: identity, events and golden decide that.
 */

export { columnsOf } from './golden-layout.ts';
export { type HubTable, hubColumns } from './hub-tables.ts';
export type * from './layout.ts';
export { openStore } from './open-store.ts';
export type * from './store.ts';
export { lockFolder, type StoreLock } from './store-lock.ts';
export type * from './stream-state.ts';
export { createStreams, fits, lockStream, moveStream, streamStates } from './stream-states.ts';
