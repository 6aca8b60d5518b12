import type { Deletions } from '#sdk';
import type { Store } from '#store';
import { dropHold, type HeldSweep, heldSweep, keepHold } from './holds.ts';
import type { SeenVersions } from './seen-versions.ts';
import type { StreamSession } from './stream-session.ts';

/** `ids`: only which records there are. `whole`: all of them again. `none`: the changes tell everything. */
export type SweepKind = 'ids' | 'whole' | 'none';

export function sweepKind(session: StreamSession): SweepKind {
  const { stream, state, isFreshByWholeReads } = session;
  const { manifest } = stream;
  // After a gap in the changes nothing less will do.
  const isWholeNeeded =
    isFreshByWholeReads ||
    state.lastSweepAt === null ||
    (session.isHinted('parts') && untilRegularSweep(session) === 0);
  if (isWholeNeeded && manifest.snapshot) return 'whole';
  // Declared beside tombstones, it finds what leaves none, such as rows purged from a recycle bin.
  if (manifest.listIds) return 'ids';
  if (manifest.changes?.deletes === 'tombstone') return 'none';
  return manifest.snapshot ? 'whole' : 'none';
}

/** Milliseconds until one is due by itself. */
export function untilRegularSweep({ state, connection, clock }: StreamSession): number {
  return Math.max((state.lastSweepAt ?? 0) + connection.sweepEvery * 1_000 - clock(), 0);
}

export interface SweepParts {
  readonly session: StreamSession;
  readonly store: Store;
  readonly seen: SeenVersions;
  /** Missing without anything to confirm it: only what the sweep before missed as well is gone. */
  readonly missedBefore: Set<string>;
  readonly onHold: (hold: HeldSweep) => void;
}

/**
 * Finds what is gone. Nothing is deleted before the enumeration is complete, nothing that a lookup still finds, and
 * not more than the set share unless a person has agreed. Yields after each step; a sweep that is dropped half-way
 * has deleted nothing.
 */
export async function* sweep(parts: SweepParts): AsyncGenerator<void, void, void> {
  const { session } = parts;
  const startedAt = session.clock();
  const kind = sweepKind(session);
  const { deletions } = session;
  const present = new Set<string>();
  yield* kind === 'ids' ? enumerateIds(session, present) : rereadAll(session, present);

  const missing: string[] = [];
  let held = 0;
  const unknown = new Set(present);
  for await (const keys of heldKeys(session)) {
    held += keys.length;
    for (const key of keys) {
      if (!present.has(key)) missing.push(key);
      unknown.delete(key);
    }
    yield;
  }
  if (kind === 'ids') yield* readUnknown(session, [...unknown]);
  yield* deleteMissing(parts, { missing, held, isEmpty: present.size === 0 });
  await session.move({
    // An early comparison of ids does not put off the whole read that parts wait for.
    ...(kind === 'ids' && session.isHinted('parts') ? {} : { lastSweepAt: startedAt }),
    ...session.cursorAfterSweep(kind === 'whole' ? deletions : recordsOf(deletions)),
    ...(session.isFreshByWholeReads ? { freshThrough: startedAt - session.visibilityLag } : {}),
  });
}

function recordsOf({ records }: Deletions): Deletions {
  return records === undefined ? {} : { records };
}

async function* enumerateIds(session: StreamSession, present: Set<string>): AsyncGenerator<void, void, void> {
  const { stream } = session;
  let page: string | undefined;
  const links = new Set<string>();
  do {
    const { value } = await session.call((http) => stream.abilities.listIds!(page === undefined ? {} : { page }, http));
    for (const key of value.keys) present.add(stream.normalizeKey(key));
    session.refuseRepeated(links, value.next);
    page = value.next;
    yield;
  } while (page !== undefined);
}

async function* rereadAll(session: StreamSession, present: Set<string>): AsyncGenerator<void, void, void> {
  const { stream } = session;
  const mapper = session.mapper();
  const pages = session.pages(undefined, (page, http) =>
    stream.abilities.snapshot!({ select: stream.select, ...(page === undefined ? {} : { page }) }, http),
  );
  for await (const { page, startedAt } of pages) {
    for (const record of page.records) {
      if (typeof record.key === 'string' && !record.deleted) present.add(stream.normalizeKey(record.key));
    }
    await session.store({ records: page.records, mapper, startedAt: startedAt - session.indexLag, through: 'capture' });
    yield;
  }
}

const HELD_PAGE = 2_000;

/** Stubs are no records: they are not among these keys. */
async function* heldKeys({ golden, connection, stream }: StreamSession): AsyncGenerator<readonly string[], void, void> {
  let after: string | undefined;
  for (;;) {
    const keys = await golden.observedKeys(connection.name, stream.name, after, HELD_PAGE);
    if (keys.length > 0) yield keys;
    if (keys.length < HELD_PAGE) return;
    after = keys.at(-1);
  }
}

/** Records that the changes have never shown: committed later than the declared lag. */
async function* readUnknown(session: StreamSession, keys: readonly string[]): AsyncGenerator<void, void, void> {
  if (session.stream.manifest.lookup === undefined) return;
  for (const batch of batches(keys, session.stream.manifest.lookup.maxBatch)) {
    const { records, startedAt } = await lookUp(session, batch);
    await session.store({ records, mapper: session.mapper(), startedAt, through: 'sweep' });
    yield;
  }
}

interface Finding {
  readonly missing: readonly string[];
  readonly held: number;
  readonly isEmpty: boolean;
}

async function* deleteMissing(parts: SweepParts, finding: Finding): AsyncGenerator<void, void, void> {
  const { session, store, seen } = parts;
  const [connection, stream] = [session.connection.name, session.stream.name];
  const before = await heldSweep(store, connection, stream);
  if (finding.missing.length === 0) {
    if (before) await dropHold(store, connection, stream);
    return;
  }
  const share = Math.floor(session.connection.maxDeleteShare * finding.held);
  const approved = before?.isApproved ? before.missing : 0;
  const hold = async (missing: number) => {
    // An approval given while this sweep ran is for the next one.
    const isApproved = !before?.isApproved && (await heldSweep(store, connection, stream))?.isApproved === true;
    const held: HeldSweep = { connection, stream, missing, held: finding.held, at: session.clock(), isApproved };
    await keepHold(store, held);
    parts.onHold(held);
  };
  // An empty answer looks like a deletion of everything and mostly is a mistake: a person decides.
  if (finding.isEmpty && approved === 0) return await hold(finding.missing.length);

  const gone: { key: string; startedAt: number }[] = [];
  for await (const confirmed of confirmGone(parts, finding.missing)) {
    gone.push(...confirmed);
    yield;
  }
  if (gone.length > share + approved) return await hold(gone.length);
  for (const batch of batches(gone, HELD_PAGE)) {
    const keys = batch.map((each) => each.key);
    await session.storeDeletions(keys, Math.min(...batch.map((each) => each.startedAt)));
    seen.forget(keys);
    yield;
  }
  if (before) await dropHold(store, connection, stream);
}

/** Asks for each missing record by key; what is found after all is stored instead. */
async function* confirmGone(
  { session, missedBefore }: SweepParts,
  missing: readonly string[],
): AsyncGenerator<readonly { readonly key: string; readonly startedAt: number }[], void, void> {
  const { manifest } = session.stream;
  if (manifest.lookup === undefined && manifest.confirm !== undefined) {
    for (const batch of batches(missing, manifest.confirm.maxBatch)) yield await withoutExisting(session, batch);
    return;
  }
  if (manifest.lookup === undefined) {
    const startedAt = session.clock();
    const twice = missing.filter((key) => missedBefore.has(key));
    missedBefore.clear();
    for (const key of missing) missedBefore.add(key);
    yield twice.map((key) => ({ key, startedAt }));
    return;
  }
  for (const batch of batches(missing, manifest.lookup.maxBatch)) {
    const { records, startedAt } = await lookUp(session, batch);
    const found = new Set(records.filter((each) => !each.deleted).map((each) => session.stream.normalizeKey(each.key)));
    const present = records.filter((each) => !each.deleted);
    if (present.length > 0)
      await session.store({ records: present, mapper: session.mapper(), startedAt, through: 'sweep' });
    yield batch.filter((key) => !found.has(key)).map((key) => ({ key, startedAt }));
  }
}

async function withoutExisting(session: StreamSession, keys: readonly string[]) {
  const { stream } = session;
  const { value, startedAt } = await session.call((http) => stream.abilities.confirm!({ keys }, http));
  const existing = new Set(value.map((key) => stream.normalizeKey(key)));
  return keys.filter((key) => !existing.has(key)).map((key) => ({ key, startedAt }));
}

async function lookUp(session: StreamSession, keys: readonly string[]) {
  const { stream } = session;
  const { value, startedAt } = await session.call((http) =>
    stream.abilities.lookup!({ keys, select: stream.select }, http),
  );
  return { records: value, startedAt };
}

function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const made: (readonly T[])[] = [];
  for (let i = 0; i < items.length; i += size) made.push(items.slice(i, i + size));
  return made;
}
