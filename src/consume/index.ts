/**
 * For services that follow a hub's topics, from Kafka or from the hub's own log. Promises that each change takes effect
 * once, in order per record, and that what cannot be handled is kept with all that follows it. Refuses to skip anything
 * in silence.
 */
export type * from './messages.ts';
