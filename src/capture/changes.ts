import { type ChangesByStamp, ContractError, hasCode, type SourceRecord } from '#sdk';
import { type Cursor, decodeCursor, encode, plausible } from './cursors.ts';
import { firstCursor } from './first-cursor.ts';
import type { Overlap } from './overlap.ts';
import type { SeenVersions } from './seen-versions.ts';
import type { StreamSession } from './stream-session.ts';

const PRECISION = { ms: 1, s: 1_000, date: 86_400_000 } as const;
/** One pass over everything that changed since the cursor. When it is drained, the stream is as fresh as its start. */
export async function changesPass(session: StreamSession, seen: SeenVersions, overlap: Overlap): Promise<void> {
  const passBegan = session.clock();
  const cursor = decodeCursor(session.state.cursor) ?? (await firstCursor(session));
  if (cursor?.by === 'stamp') await passByStamp(session, seen, overlap, cursor);
  else if (cursor?.by === 'token') await passByToken(session, seen, cursor);
  if (session.isFreshByWholeReads || session.state.lastSweepAt === null) return;
  await session.move({ freshThrough: passBegan - session.visibilityLag });
}

async function passByStamp(
  session: StreamSession,
  seen: SeenVersions,
  overlap: Overlap,
  cursor: Cursor & { by: 'stamp' },
): Promise<void> {
  const { stream } = session;
  const changes = stream.manifest.changes as ChangesByStamp;
  const declared = { lag: changes.visibilityLag * 1_000, precision: PRECISION[changes.precision] };
  const beganAt = performance.now();
  const behind = overlap.behind(cursor.highWater, declared);
  const since = cursor.highWater === null ? 0 : Math.max(cursor.highWater - behind, 0);
  const progress = new HighWater(cursor.highWater);
  const mapper = session.mapper();
  const pages = session.pages(undefined, (page, http) =>
    stream.abilities.changes!({ since, select: stream.select, ...(page === undefined ? {} : { page }) }, http),
  );
  for await (const { page, startedAt } of pages) {
    session.noteDeletions(page.deletions);
    progress.add(page.records, session.clock());
    const reached = page.next === undefined ? progress.whole : progress.safe;
    const to =
      reached === decodedHighWater(session)
        ? {}
        : { cursor: encode({ by: 'stamp', highWater: reached, ...session.swept }) };
    await storeNews(session, seen, { records: page.records, mapper, startedAt, to });
  }
  overlap.drained(decodedHighWater(session), { beganAt, endedAt: performance.now() }, declared);
}

type Batch = Parameters<StreamSession['store']>[0];

/** What is not known yet of a page, and where the stream stands after it. */
async function storeNews(
  session: StreamSession,
  seen: SeenVersions,
  page: Pick<Batch, 'records' | 'mapper' | 'startedAt'> & Required<Pick<Batch, 'to'>>,
): Promise<void> {
  const records = page.records.filter((record) => !seen.isKnown(record));
  if (records.length === 0 && page.to.cursor === undefined) return;
  const startedAt = page.startedAt - session.indexLag;
  const { stale } = await session.store({ ...page, records, startedAt, through: 'capture' });
  if (stale === 0) seen.remember(records);
}

function decodedHighWater(session: StreamSession): number | null {
  const cursor = decodeCursor(session.state.cursor);
  return cursor?.by === 'stamp' ? cursor.highWater : null;
}

/** The highest stamp of the system's own clock. Half-way through a pass it only counts while stamps come in order. */
class HighWater {
  whole: number | null;
  safe: number | null;
  #isOrdered = true;
  #last = Number.NEGATIVE_INFINITY;

  constructor(from: number | null) {
    this.whole = from;
    this.safe = from;
  }

  add(records: readonly SourceRecord[], now: number): void {
    for (const { changedAt } of records) {
      if (!plausible(changedAt, now)) continue;
      if (changedAt < this.#last) this.#isOrdered = false;
      this.#last = changedAt;
      if (this.whole === null || changedAt > this.whole) this.whole = changedAt;
    }
    if (this.#isOrdered) this.safe = this.whole;
  }
}

async function passByToken(
  session: StreamSession,
  seen: SeenVersions,
  cursor: Cursor & { by: 'token' },
): Promise<void> {
  const { stream } = session;
  const mapper = session.mapper();
  const { token } = cursor;
  const pages = session.pages(undefined, (page, http) =>
    stream.abilities.changes!({ token, select: stream.select, ...(page === undefined ? {} : { page }) }, http),
  );
  try {
    for await (const { page, startedAt } of pages) {
      session.noteDeletions(page.deletions);
      const isLast = page.next === undefined;
      if (isLast && page.token === undefined) throw missingToken(session);
      const to =
        isLast && page.token !== token ? { cursor: encode({ by: 'token', token: page.token!, ...session.swept }) } : {};
      await storeNews(session, seen, { records: page.records, mapper, startedAt, to });
    }
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    // The system no longer knows the token: a gap. A full sweep from here finds what was missed, deletions included.
    seen.clear();
    const fresh = await firstCursor(session);
    await session.move({ cursor: fresh === undefined ? null : encode(fresh), lastSweepAt: null });
  }
}

function missingToken({ connection, stream }: StreamSession): ContractError {
  return new ContractError(
    `${connection.name}: the last page of changes of ${stream.name} carries no token to go on from. Report it to the connector's author.`,
    { details: { connection: connection.name, stream: stream.name } },
  );
}
