/**
 * The hub's own graph, by type-graphql: connections and their streams, records set aside, deletions that wait.
 * Promises names that start with `Hub` or `hub`. Refuses business data: that is the other graph's.
 */
export { buildControlSchema } from './schema.ts';
export type * from './status.ts';
export type { WebhooksControl } from './webhooks.ts';
