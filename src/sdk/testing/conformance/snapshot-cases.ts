import assert from 'node:assert/strict';
import type { Connection } from '#connections';
import type { Page } from '#sdk';
import type { StreamCases } from './case.ts';
import { firstRecords, keysOf, NotProven, type Subject, snapshotOf, snapshotPage, snapshotPages } from './subject.ts';

/** Positions that are gone on from; the first ones, so that a stream of a thousand pages is not read a thousand times. */
const POSITIONS = 12;

export const snapshotCases: StreamCases = (stream, manifest) =>
  manifest.snapshot === undefined
    ? []
    : [
        { name: `${stream}: the snapshot has each record once`, run: (subject) => eachOnce(subject, stream) },
        {
          name: `${stream}: every position of the snapshot can be gone on from`,
          run: (subject) => resumable(subject, stream),
        },
        {
          name: `${stream}: a snapshot over pages that shift misses no record`,
          run: (subject) => shifting(subject, stream),
        },
        {
          name: `${stream}: the mapping is pure and yields declared entities only`,
          run: (subject) => pureMapping(subject, stream),
        },
      ];

async function eachOnce(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const { normalizeKey, manifest } = connection.stream(stream);
  const records = await snapshotOf(connection, stream);
  const keys = keysOf(connection, stream, records);
  if (keys.length === 0) throw new NotProven(`${stream} has no records`);
  assert.equal(new Set(keys).size, keys.length, 'a key came more than once');
  assert.deepEqual(keys.map(normalizeKey), keys, 'normalizeKey changes what it has normalised');
  if (manifest.changes?.by !== 'stamp') return;
  const unstamped = records.filter(({ changedAt }) => changedAt === undefined);
  assert.equal(unstamped.length, 0, 'a record of a stream that is read by stamp has no stamp');
}

async function resumable(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual({ smallPages: true });
  const pages = await manyPages(subject, connection, stream);
  const positions = pages.slice(0, -1).map(({ next }) => next!);
  if (positions.length === 0) throw new NotProven(`${stream} has one page only`);
  // Another connection: a position is committed, and outlives process and session.
  const later = subject.open({ smallPages: true });
  let isSameWay = positions.length <= POSITIONS;
  for (const [index, position] of positions.slice(0, POSITIONS).entries()) {
    const page = await snapshotPage(later, stream, position);
    assert.deepEqual(
      keysOf(connection, stream, page.records),
      keysOf(connection, stream, pages[index + 1]!.records),
      `position ${index + 1} gives another page than at first`,
    );
    isSameWay &&= page.next === pages[index + 1]!.next;
  }
  // Each page was read from its own position, and told the next one: that is the whole way.
  if (isSameWay) return;
  const middle = Math.floor(positions.length / 2);
  const rest = await snapshotPages(later, stream, positions[middle]);
  assert.deepEqual(
    rest.flatMap(({ records }) => keysOf(connection, stream, records)),
    pages.slice(middle + 1).flatMap(({ records }) => keysOf(connection, stream, records)),
    'a snapshot gone on from its middle does not end as the whole one',
  );
}

/** The whole snapshot, with records made where it would be one page. */
async function manyPages(subject: Subject, connection: Connection, stream: string): Promise<readonly Page[]> {
  const pages = await snapshotPages(connection, stream);
  if (pages.length > 1 || subject.hands(stream).create === undefined) return pages;
  await subject.some(stream, subject.severalPages);
  return await snapshotPages(connection, stream);
}

async function shifting(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual({ smallPages: true });
  const create = subject.hand(stream, 'create');
  const remove = subject.hand(stream, 'remove');
  await subject.some(stream, subject.severalPages - 3);
  const victims = await create(3);
  const before = keysOf(connection, stream, await snapshotOf(subject.usual(), stream));
  const first = await snapshotPage(connection, stream);
  if (first.next === undefined) throw new NotProven(`${stream} has one page only`);
  const already = await removeOneOf(keysOf(connection, stream, first.records), remove);
  const goners = new Set([already, ...victims.slice(0, 2)]);
  for (const key of victims.slice(0, 2)) if (key !== already) await remove(key);
  await create(2);
  const rest = await snapshotPages(connection, stream, first.next);
  const seen = new Set(
    keysOf(
      connection,
      stream,
      [first, ...rest].flatMap(({ records }) => records),
    ),
  );
  const gone = new Set([...goners].map(connection.stream(stream).normalizeKey));
  const missed = before.filter((key) => !gone.has(key) && !seen.has(key));
  assert.deepEqual(missed, [], 'records that nobody touched were not read');
}

/** The first that the system lets go: others may hang on a record. */
async function removeOneOf(keys: readonly string[], remove: (key: string) => Promise<void>): Promise<string> {
  const refusals: unknown[] = [];
  for (const key of keys) {
    try {
      await remove(key);
      return key;
    } catch (error) {
      refusals.push(error);
    }
  }
  throw new NotProven('the system removes none of the records of the first page', {
    cause: new AggregateError(refusals),
  });
}

async function pureMapping(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const { map, manifest } = connection.stream(stream);
  for (const record of await firstRecords(connection, stream, 500)) {
    const before = JSON.stringify(record.source);
    const mapped = map(record);
    for (const { entity } of mapped) {
      assert.ok(manifest.entities.includes(entity), `${entity} is not among the entities that the manifest declares`);
    }
    assert.deepEqual(map(record), mapped, `${record.key} maps to something else the second time`);
    assert.equal(JSON.stringify(record.source), before, `mapping ${record.key} changed its source`);
  }
}
