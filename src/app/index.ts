/**
 * The composition root: a config becomes rooms wired together, and they stop together. Promises that a start which
 * fails leaves nothing behind. Refuses to decide anything that a room could.
 */
export { type ConfiguredConnections, withConnections } from './configured-connections.ts';
export { type DemoOptions, startDemo } from './demo.ts';
export { type Hub, type HubOptions, startHub } from './hub.ts';
export type { HubProgress } from './hub-progress.ts';
export { PREPARED_QUERIES } from './prepared-queries.ts';
