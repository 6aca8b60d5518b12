import { expect, test } from '@jest/globals';
import { type HeldRecord, type IncomingRecord, judge } from './order-of-reads.ts';

const held = (more: Partial<HeldRecord> = {}): HeldRecord => ({
  hash: 'h',
  version: 5,
  createdAt: 1,
  readStartedAt: 100,
  deleted: false,
  ...more,
});
const read = (more: Partial<IncomingRecord> = {}): IncomingRecord => ({
  ...held({ readStartedAt: 200 }),
  byId: false,
  ...more,
});

test.each([
  ['nothing is held', undefined, read(), true, 'create'],
  ['a deletion of what was never seen is kept', undefined, read({ deleted: true }), true, 'delete'],
  ['the same again', held(), read(), true, 'unchanged'],
  ['a higher version, read earlier', held(), read({ version: 6, hash: 'x', readStartedAt: 50 }), true, 'change'],
  ['a lower version', held(), read({ version: 4, hash: 'x' }), true, 'stale'],
  ['a lower version by id, later', held(), read({ version: 4, hash: 'x', byId: true }), true, 'goneBack'],
  ['a lower version by id, earlier', held(), read({ version: 4, byId: true, readStartedAt: 50 }), true, 'stale'],
  ['a lower version that does not order', held(), read({ version: 4, hash: 'x' }), false, 'change'],
  ['an equal version with other content', held(), read({ hash: 'x' }), true, 'change'],
  ['an equal version, read earlier', held(), read({ hash: 'x', readStartedAt: 50 }), true, 'stale'],
  ['no version, read earlier', held({ version: null }), read({ version: null, readStartedAt: 50 }), false, 'stale'],
  ['a sweep that began later', held(), read({ deleted: true, version: null, byId: true }), true, 'delete'],
  ['a sweep that began earlier', held(), read({ deleted: true, version: null, readStartedAt: 50 }), true, 'stale'],
  ['a tombstone again', held({ deleted: true }), read({ deleted: true }), true, 'unchanged'],
  ['seen before it was deleted', held({ deleted: true }), read({ version: 6, readStartedAt: 50 }), true, 'stale'],
  ['seen while it was deleted', held({ deleted: true }), read({ version: 6, readStartedAt: 100 }), true, 'stale'],
  ['revived with the same content', held({ deleted: true }), read(), true, 'change'],
  ['made anew', held(), read({ createdAt: 2, version: 6 }), true, 'again'],
  ['an earlier one of the same key', held({ createdAt: 2 }), read({ createdAt: 1 }), true, 'stale'],
  ['a creation stamp that was not delivered', held(), read({ createdAt: null }), true, 'unchanged'],
] as const)('%s', (_, before, incoming, isOrdered, verdict) => {
  expect(judge(before, incoming, isOrdered)).toBe(verdict);
});
