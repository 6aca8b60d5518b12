import assert from 'node:assert/strict';
import type { Connection } from '#connections';
import type { ListRequest, Page, SourceRecord, StreamManifest } from '#sdk';
import type { StreamCases } from './case.ts';
import { ask, firstRecords, keysOf, NotProven, pages, type Subject, snapshotOf } from './subject.ts';

type Declared = NonNullable<StreamManifest['list']>;
type Value = string | number;

/** More than any stream under the kit has. */
const ALL = 100_000;

export const listCases: StreamCases = (stream, { list }) =>
  list === undefined
    ? []
    : [
        {
          name: `${stream}: a list is filtered and ordered as declared, to its end`,
          run: (subject) => asAsked(subject, stream, list),
        },
        { name: `${stream}: a list ends where its limit is`, run: (subject) => limited(subject, stream, list) },
      ];

/** Its value in a record; records that lack it are in no list that names it. */
function listedValue({ key, source }: SourceRecord, field: string): Value {
  const value = (source as Readonly<Record<string, unknown>>)[field];
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new Error(`the record ${key} has no ${field} that can be compared`);
}

const inOrder = (left: Value, right: Value) => (left < right ? -1 : left > right ? 1 : 0);

async function asAsked(subject: Subject, stream: string, { filter, order }: Declared): Promise<void> {
  const field = subject.hand(stream, 'listed');
  await subject.some(stream, subject.hands(stream).create ? subject.severalPages : 0);
  const all = await snapshotOf(subject.usual(), stream);
  const values = all.map((record) => listedValue(record, field)).sort(inOrder);
  // All but the first ones, so that several pages are left.
  const least = values[3];
  if (least === undefined) throw new NotProven(`${stream} has fewer than four records`);
  const connection = subject.usual({ smallPages: true });
  const answered = await listPages(connection, stream, {
    where: filter ? [{ field, op: 'ge', value: least }] : [],
    orderBy: order ? [{ field, direction: 'desc' }] : [],
    limit: ALL,
  });
  const found = answered.flatMap(({ records }) => records);
  const expected = filter ? all.filter((record) => listedValue(record, field) >= least) : all;
  assert.deepEqual(sorted(connection, stream, found), sorted(connection, stream, expected));
  if (order) {
    const given = found.map((record) => listedValue(record, field));
    assert.deepEqual(given, [...given].sort(inOrder).reverse(), `the list is not in order of ${field}`);
  }
  if (answered.length === 1) throw new NotProven(`${expected.length} records of ${stream} fit on one page`);
  if (!filter) return;
  const same = await listPages(connection, stream, {
    where: [{ field, op: 'eq', value: least }],
    orderBy: [],
    limit: ALL,
  });
  const ofValue = all.filter((record) => listedValue(record, field) === least);
  assert.deepEqual(
    sorted(
      connection,
      stream,
      same.flatMap(({ records }) => records),
    ),
    sorted(connection, stream, ofValue),
  );
}

async function limited(subject: Subject, stream: string, { order }: Declared): Promise<void> {
  const connection = subject.usual({ smallPages: true });
  const known = await firstRecords(connection, stream, subject.severalPages);
  const limit = known.length - 1;
  if (limit < 1) throw new NotProven(`${stream} has fewer than two records`);
  const field = subject.hands(stream).listed;
  const orderBy = order && field !== undefined ? [{ field, direction: 'asc' } as const] : [];
  const answered = await listPages(connection, stream, { where: [], orderBy, limit });
  const keys = keysOf(
    connection,
    stream,
    answered.flatMap(({ records }) => records),
  );
  assert.equal(keys.length, limit, `${limit} records were asked for`);
  assert.equal(new Set(keys).size, limit, 'a key came more than once');
}

const sorted = (connection: Connection, stream: string, records: readonly SourceRecord[]) =>
  [...keysOf(connection, stream, records)].sort();

function listPages(
  connection: Connection,
  stream: string,
  request: Pick<ListRequest, 'where' | 'orderBy' | 'limit'>,
): Promise<readonly Page[]> {
  return pages((page) =>
    ask(connection, stream, (abilities, http) =>
      abilities.list({ ...request, select: [], ...(page === undefined ? {} : { page }) }, http),
    ),
  );
}
