import assert from 'node:assert/strict';
import type { Connection } from '#connections';
import type { SourceRecord } from '#sdk';
import type { StreamCases } from './case.ts';
import { ask, firstRecords, keysOf, NotProven, type Subject } from './subject.ts';

export const lookupCases: StreamCases = (stream, manifest) =>
  manifest.lookup === undefined
    ? []
    : [
        {
          name: `${stream}: lookup answers what was asked, whatever is doubled, missing or in another order`,
          run: (subject) => byKey(subject, stream),
        },
        {
          name: `${stream}: lookup reads a record as the snapshot does`,
          run: (subject) => asInSnapshot(subject, stream, manifest.lookup!.maxBatch),
        },
      ];

/** Last of a stream's cases: all that come after it read the many records that it makes. */
export const manyKeysCases: StreamCases = (stream, manifest) =>
  manifest.lookup === undefined
    ? []
    : [
        {
          name: `${stream}: more keys than one call may have are all found`,
          run: (subject) => manyKeys(subject, stream, manifest.lookup!.maxBatch),
        },
      ];

/** Of a stream without snapshots, records are what lookup finds of those that the kit made. */
async function knownRecords(
  subject: Subject,
  connection: Connection,
  stream: string,
  count: number,
): Promise<readonly SourceRecord[]> {
  if (connection.stream(stream).manifest.snapshot !== undefined) return await firstRecords(connection, stream, count);
  const keys = await subject.some(stream, 3);
  return await ask(connection, stream, (abilities, http) => abilities.lookup({ keys, select: [] }, http));
}

async function byKey(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const known = keysOf(connection, stream, await knownRecords(subject, connection, stream, 3));
  const missing = subject.hand(stream, 'missingKey');
  if (known.length < 3) throw new NotProven(`${stream} has fewer than three records`);
  const { maxBatch } = connection.stream(stream).manifest.lookup!;
  const asked = [known[2]!, missing, known[0]!, known[1]!, known[0]!].slice(0, Math.max(maxBatch, 1));
  const found = await ask(connection, stream, (abilities, http) => abilities.lookup({ keys: asked, select: [] }, http));
  const keys = keysOf(connection, stream, found);
  for (const key of keys)
    assert.ok(asked.includes(key) && key !== missing, `lookup answered ${key}, which nobody asked for`);
  for (const key of new Set(asked)) assert.equal(keys.includes(key), key !== missing, `lookup of ${key}`);
  const batched = await connection.stream(stream).lookupMany([known[1]!, missing, known[0]!, known[1]!]);
  assert.deepEqual([...batched.keys()].sort(), [known[0]!, known[1]!].sort());
}

async function asInSnapshot(subject: Subject, stream: string, maxBatch: number): Promise<void> {
  const connection = subject.usual();
  const records = await knownRecords(subject, connection, stream, Math.min(maxBatch, 20));
  if (records.length === 0) throw new NotProven(`${stream} has no records`);
  const { map, lookupMany } = connection.stream(stream);
  const found = await lookupMany(keysOf(connection, stream, records));
  for (const [index, key] of keysOf(connection, stream, records).entries()) {
    const answer = found.get(key);
    assert.ok(answer && 'record' in answer, `${key} of the snapshot is not found by its key`);
    assert.deepEqual(map(answer.record), map(records[index]!), `${key} reads differently by its key`);
  }
}

async function manyKeys(subject: Subject, stream: string, maxBatch: number): Promise<void> {
  const connection = subject.usual();
  const known = keysOf(connection, stream, await knownRecords(subject, connection, stream, maxBatch + 5));
  const lacking = Math.max(maxBatch + 5 - known.length, 0);
  const made = lacking > 0 ? ((await subject.hands(stream).create?.(lacking)) ?? []) : [];
  const keys = [...known, ...made].slice(0, maxBatch + 5);
  if (keys.length <= maxBatch) throw new NotProven(`${stream} has no more than the ${maxBatch} records of one call`);
  const found = await connection.stream(stream).lookupMany(keys);
  assert.equal(found.size, keys.length);
}
