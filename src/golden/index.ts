/**
 * Golden records: observe(), ownership, survivorship, provenance. Promises that the golden state depends on what was
 * seen and when, never on the order of arrival, and that it changes only together with its change row and cursor.
 * Refuses to talk to other systems.
 */

export type { Golden, GoldenConnection, GoldenOptions } from './golden.ts';
export type * from './observation.ts';
export { openGolden } from './open-golden.ts';
export type { Contribution, KnownValues, OwnershipTable, Survived } from './survive.ts';
export { ownershipTable, survive } from './survive.ts';
