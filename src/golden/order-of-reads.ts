/** What the store holds of a source record, as far as it says which observation is older. */
export interface HeldRecord {
  readonly hash: string;
  readonly version: number | null;
  readonly createdAt: number | null;
  readonly readStartedAt: number;
  readonly deleted: boolean;
}

export interface IncomingRecord extends HeldRecord {
  /** Read by id, as opposed to through a list. */
  readonly byId: boolean;
}

/**
 * `unchanged`: nothing to store but that it was seen. `stale`: older than what is held. `again`: the same key is a
 * new record, made at another time. `goneBack`: taken although its version is lower.
 */
export type Verdict = 'create' | 'change' | 'again' | 'goneBack' | 'delete' | 'unchanged' | 'stale';

/**
 * Which of two observations of a source record is older, and what the newer one means. `isOrdered`: the stream's
 * versions order. Pure.
 */
export function judge(held: HeldRecord | undefined, incoming: IncomingRecord, isOrdered: boolean): Verdict {
  if (!held) return incoming.deleted ? 'delete' : 'create';
  const isEarlier = held.createdAt !== null && incoming.createdAt !== null && incoming.createdAt < held.createdAt;
  const goesBack = isEarlier || hasLowerVersion(held, incoming, isOrdered);
  if (goesBack && !(incoming.byId && incoming.readStartedAt > held.readStartedAt)) return 'stale';
  if (!goesBack && isOlderRead(held, incoming, isOrdered)) return 'stale';
  if (incoming.deleted) return held.deleted ? 'unchanged' : 'delete';
  const isAnother = held.createdAt !== null && incoming.createdAt !== null && held.createdAt !== incoming.createdAt;
  if (isAnother) return 'again';
  if (goesBack) return 'goneBack';
  return !held.deleted && held.hash === incoming.hash ? 'unchanged' : 'change';
}

function hasLowerVersion(held: HeldRecord, incoming: IncomingRecord, isOrdered: boolean): boolean {
  return isOrdered && held.version !== null && incoming.version !== null && incoming.version < held.version;
}

function isOlderRead(held: HeldRecord, incoming: IncomingRecord, isOrdered: boolean): boolean {
  if (held.deleted && !incoming.deleted) return incoming.readStartedAt <= held.readStartedAt;
  const hasHigherVersion =
    isOrdered && held.version !== null && incoming.version !== null && incoming.version > held.version;
  return !hasHigherVersion && incoming.readStartedAt < held.readStartedAt;
}
