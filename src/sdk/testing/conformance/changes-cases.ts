import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { Connection } from '#connections';
import type { ChangesByStamp, ChangesByToken, SourceRecord, StreamManifest } from '#sdk';
import type { ConformanceCase, StreamCases } from './case.ts';
import { ask, type ChangesPage, changesPages, idsOf, keysOf, NotProven, type Subject, snapshotOf } from './subject.ts';

const PRECISION = { ms: 1, s: 1_000, date: 86_400_000 } as const;

export const changesCases: StreamCases = (stream, manifest) => {
  if (manifest.changes === undefined) return [];
  return manifest.changes.by === 'stamp' ? byStamp(stream, manifest.changes) : byToken(stream, manifest.changes);
};

function byStamp(stream: string, declared: ChangesByStamp): readonly ConformanceCase[] {
  return [
    {
      name: `${stream}: an edit is in the changes since its own stamp`,
      run: (subject) => editIsSeen(subject, stream, declared),
    },
    {
      name: `${stream}: records of one stamp across a page edge all come`,
      run: (subject) => ties(subject, stream, declared),
    },
    // Of dates, no other follows while the kit looks.
    ...(declared.precision === 'date'
      ? []
      : [
          {
            name: `${stream}: pass after pass gets beyond more records of one stamp than a page has`,
            run: (subject: Subject) => beyondTies(subject, stream, declared),
          },
        ]),
    ...(declared.visibilityLag === 0
      ? []
      : [
          {
            name: `${stream}: what became visible late under an older stamp comes within the overlap`,
            run: (subject: Subject) => late(subject, stream, declared),
          },
        ]),
  ];
}

/** Where the engine would begin to read once it knows this record, the newest: at its stamp, less the overlap. */
async function overlapBefore(
  connection: Connection,
  stream: string,
  declared: ChangesByStamp,
  newest: string,
): Promise<number> {
  const stamp = await stampedAt(connection, stream, newest);
  return stamp - declared.visibilityLag * 1_000 - PRECISION[declared.precision];
}

/** The stamp that a record has when it is read by its key or, where that cannot be, in the snapshot. */
async function stampedAt(connection: Connection, stream: string, key: string): Promise<number> {
  const { manifest, normalizeKey } = connection.stream(stream);
  const records =
    manifest.lookup === undefined
      ? await snapshotOf(connection, stream)
      : await ask(connection, stream, (abilities, http) => abilities.lookup({ keys: [key], select: [] }, http));
  const stamp = records.find((record) => normalizeKey(record.key) === key)?.changedAt;
  assert.ok(stamp !== undefined, `${key} has no stamp`);
  return stamp;
}

const recordsOf = (pages: readonly ChangesPage[]): readonly SourceRecord[] => pages.flatMap(({ records }) => records);

/** A new record's, or the newest one's where none can be made. */
async function newestKey(subject: Subject, connection: Connection, stream: string): Promise<string> {
  const { normalizeKey } = connection.stream(stream);
  const made = await subject.hands(stream).create?.(1);
  if (made?.[0] !== undefined) return normalizeKey(made[0]);
  const records = await snapshotOf(connection, stream);
  if (records.length === 0) throw new NotProven(`${stream} has no records`);
  const newest = records.reduce((left, right) => ((right.changedAt ?? 0) > (left.changedAt ?? 0) ? right : left));
  return normalizeKey(newest.key);
}

async function editIsSeen(subject: Subject, stream: string, declared: ChangesByStamp): Promise<void> {
  const connection = subject.usual();
  const edit = subject.hand(stream, 'edit');
  const key = await newestKey(subject, connection, stream);
  const since = await overlapBefore(connection, stream, declared, key);
  await edit(key);
  const records = recordsOf(await changesPages(connection, stream, { since }));
  const edited = records.find((record) => connection.stream(stream).normalizeKey(record.key) === key);
  assert.ok(edited?.changedAt !== undefined, `${key} was edited and is not in the changes`);
  const again = recordsOf(await changesPages(subject.open(), stream, { since: edited.changedAt }));
  assert.ok(keysOf(connection, stream, again).includes(key), 'a change at the very moment asked for is left out');
}

async function ties(subject: Subject, stream: string, declared: ChangesByStamp): Promise<void> {
  const connection = subject.usual({ smallPages: true });
  const stampTogether = subject.hand(stream, 'stampTogether');
  const together = subject.severalPages;
  const made = subject.hands(stream).create ? await subject.some(stream, together) : [];
  const rest = made.length < together ? keysOf(connection, stream, await snapshotOf(connection, stream)) : [];
  const keys = [...made, ...rest].slice(0, together).map(connection.stream(stream).normalizeKey);
  await stampTogether(keys);
  const missing = new Set(keys);
  let most = 0;
  const stamp = await stampedAt(subject.usual(), stream, keys[0]!);
  for await (const { pages } of passes(connection, stream, declared, stamp)) {
    most = Math.max(most, pages.length);
    for (const key of keysOf(connection, stream, recordsOf(pages))) missing.delete(key);
    if (missing.size === 0) break;
  }
  assert.deepEqual([...missing], [], 'records of one stamp were not all read');
  if (most === 1) throw new NotProven(`${keys.length} records of ${stream} fit on one page`);
}

async function beyondTies(subject: Subject, stream: string, declared: ChangesByStamp): Promise<void> {
  const connection = subject.usual({ smallPages: true });
  const stampTogether = subject.hand(stream, 'stampTogether');
  const edit = subject.hand(stream, 'edit');
  const made = await subject.some(stream, subject.severalPages + 1);
  const keys = made.map(connection.stream(stream).normalizeKey).sort(byNumber);
  const last = keys.pop()!;
  await stampTogether(keys);
  await nextMoment(declared);
  await edit(last);
  const whole = subject.usual();
  const before = await stampedAt(whole, stream, keys[0]!);
  const newest = await stampInChanges(whole, stream, last, before);
  let reached = await stampInChanges(whole, stream, keys[0]!, before);
  for await (const pass of passes(connection, stream, declared, reached - PRECISION[declared.precision])) {
    reached = Math.max(reached, pass.reached);
    if (reached >= newest) return;
  }
  assert.fail(`no pass gets beyond ${new Date(reached).toISOString()}, and ${last} was edited later`);
}

/**
 * As the engine goes: each pass from the highest stamp of the one before. A pass may leave to the next what is later
 * than the system's clock, which may be told in whole seconds.
 */
async function* passes(connection: Connection, stream: string, { precision }: ChangesByStamp, from: number) {
  const until = Date.now() + PATIENCE_MS;
  for (let since = from; Date.now() < until; ) {
    const pages = await changesPages(connection, stream, { since });
    const reached = recordsOf(pages).reduce((high, { changedAt }) => Math.max(high, changedAt!), since);
    yield { pages, reached };
    since = Math.max(since, reached - PRECISION[precision]);
  }
}

const PATIENCE_MS = 10_000;

const byNumber = (left: string, right: string) => left.localeCompare(right, 'en', { numeric: true });

/** Until the clock shows another stamp. */
async function nextMoment({ precision }: ChangesByStamp): Promise<void> {
  await setTimeout(PRECISION[precision] + 1);
}

/** The changes may tell another stamp than the record does: that of what changed it. */
async function stampInChanges(connection: Connection, stream: string, key: string, since: number): Promise<number> {
  const pages = await changesPages(connection, stream, { since });
  const { normalizeKey } = connection.stream(stream);
  const found = recordsOf(pages).filter((record) => normalizeKey(record.key) === key);
  const stamp = found.reduce((latest, { changedAt }) => Math.max(latest, changedAt!), Number.NEGATIVE_INFINITY);
  assert.ok(stamp > Number.NEGATIVE_INFINITY, `${key} is not in the changes since its stamp`);
  return stamp;
}

async function late(subject: Subject, stream: string, declared: ChangesByStamp): Promise<void> {
  const connection = subject.usual();
  const commitLate = subject.hand(stream, 'commitLate');
  const key = await newestKey(subject, connection, stream);
  const since = await overlapBefore(connection, stream, declared, key);
  await commitLate(key, Math.max(Math.floor(declared.visibilityLag / 2), 1));
  const records = recordsOf(await changesPages(connection, stream, { since }));
  assert.ok(keysOf(connection, stream, records).includes(key), `${key} came late and is not in the changes`);
}

function byToken(stream: string, { visibilityLag }: ChangesByToken): readonly ConformanceCase[] {
  return [
    {
      name: `${stream}: an edit after a token is in the changes after it, also when asked again`,
      run: async (subject) => {
        const connection = subject.usual({ smallPages: true });
        const edit = subject.hand(stream, 'edit');
        const key = await newestKey(subject, connection, stream);
        const token = await ask(connection, stream, (abilities, http) => abilities.latestToken(http));
        await edit(key);
        // What a pass has read is asked for again where the hub ended before it was stored.
        for (const reader of [connection, connection, subject.open({ smallPages: true })]) {
          const pages = await changesPages(reader, stream, { token });
          assert.ok(keysOf(connection, stream, recordsOf(pages)).includes(key), `${key} is not in the changes`);
          assert.ok(pages.at(-1)?.token !== undefined, 'the last page carries no token to go on from');
          const rest = recordsOf(await changesPages(reader, stream, { token: pages.at(-1)!.token! }));
          const isAgain = keysOf(connection, stream, rest).includes(key);
          // Where changes may become visible late, the last ones are read again: the engine knows them by their contents.
          assert.ok(visibilityLag > 0 || !isAgain, 'the new token gives again what was read');
          assert.notEqual(pages.at(-1)!.token, token, 'the token stays where it was before the edit');
        }
      },
    },
  ];
}

export const deletionCases: StreamCases = (stream, manifest) => [
  ...(manifest.changes?.deletes === 'tombstone'
    ? [
        {
          name: `${stream}: a deletion leaves a tombstone`,
          run: (subject: Subject) => tombstone(subject, stream, manifest),
        },
      ]
    : []),
  ...(manifest.confirm === undefined
    ? []
    : [{ name: `${stream}: confirm tells what still exists`, run: (subject: Subject) => confirmed(subject, stream) }]),
  ...(manifest.listIds === undefined
    ? []
    : [
        { name: `${stream}: listIds names what the snapshot has`, run: (subject: Subject) => sameIds(subject, stream) },
        {
          name: `${stream}: what was deleted is listed no more`,
          run: (subject: Subject) => notListed(subject, stream),
        },
      ]),
];

async function tombstone(subject: Subject, stream: string, { changes }: StreamManifest): Promise<void> {
  const connection = subject.usual();
  const create = subject.hand(stream, 'create');
  const remove = subject.hand(stream, 'remove');
  const key = connection.stream(stream).normalizeKey((await create(1))[0]!);
  const after =
    changes!.by === 'stamp'
      ? { since: await overlapBefore(connection, stream, changes!, key) }
      : { token: await ask(connection, stream, (abilities, http) => abilities.latestToken(http)) };
  await remove(key);
  const records = recordsOf(await changesPages(connection, stream, after));
  const last = records.findLast((record) => connection.stream(stream).normalizeKey(record.key) === key);
  assert.equal(last?.deleted, true, `${key} was deleted and the changes do not say so`);
}

async function sameIds(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual({ smallPages: true });
  const ids = (await idsOf(connection, stream)).map(connection.stream(stream).normalizeKey);
  const keys = keysOf(connection, stream, await snapshotOf(subject.usual(), stream));
  assert.equal(new Set(ids).size, ids.length, 'an id is listed more than once');
  assert.deepEqual([...ids].sort(), [...keys].sort());
}

async function notListed(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const { normalizeKey, manifest } = connection.stream(stream);
  const create = subject.hand(stream, 'create');
  const remove = subject.hand(stream, 'remove');
  const key = normalizeKey((await create(1))[0]!);
  assert.ok((await idsOf(connection, stream)).map(normalizeKey).includes(key), `${key} was made and is not listed`);
  await remove(key);
  assert.ok(
    !(await idsOf(connection, stream)).map(normalizeKey).includes(key),
    `${key} was deleted and is still listed`,
  );
  if (manifest.lookup === undefined) return;
  const found = await ask(connection, stream, (abilities, http) => abilities.lookup({ keys: [key], select: [] }, http));
  assert.deepEqual(
    found.filter(({ deleted }) => deleted !== true),
    [],
    `${key} was deleted and is still found`,
  );
}

async function confirmed(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const { normalizeKey } = connection.stream(stream);
  const create = subject.hand(stream, 'create');
  const remove = subject.hand(stream, 'remove');
  const [first, doomed, second] = (await create(3)).map(normalizeKey) as [string, string, string];
  await remove(doomed);
  const keys = [second, subject.hand(stream, 'missingKey'), doomed, first];
  const existing = await ask(connection, stream, (abilities, http) => abilities.confirm({ keys }, http));
  assert.deepEqual(existing.map(normalizeKey).sort(), [first, second].sort());
}
