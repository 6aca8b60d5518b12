/**
 * Opened connections: session, retry, budget, circuit breaker, batching and mapping around each connector; shared by
 * capture and live reads. Promises that a call either answers or fails with one of the SDK's errors, and that all
 * threads together stay within what the vendor allows. Refuses to store anything and to know what is read for what.
 */
export type { BreakerState } from './breaker.ts';
export type { BudgetStatus, Priority } from './budget.ts';
export type { CallOptions } from './client.ts';
export type { Connection, ConnectionStatus } from './connection.ts';
export type { Found } from './lookup-batcher.ts';
export { type Connections, type OpenOptions, openConnections, type SharedConnections } from './open-connections.ts';
export { backOff, pause } from './retry.ts';
export { type Environment, readSecret } from './secret.ts';
export type { ConnectedStream, LookupOptions } from './stream.ts';
