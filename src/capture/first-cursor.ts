import { type Cursor, plausible } from './cursors.ts';
import type { StreamSession } from './stream-session.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far back to look for a stamp of the system's own clock, step by step. */
const LOOK_BACK = [MINUTE, 10 * MINUTE, 60 * MINUTE, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3650 * DAY];

/**
 * Where the changes begin that a snapshot may not see; undefined for streams without changes.
 *
 * By stamp, any stamp that can be seen before the snapshot's first page will do: it is not later than the system's now,
 * whatever the hub's clock says. The latest is best, since everything after it is read twice; so the looks go back in
 * growing steps until one finds something.
 */
export async function firstCursor(session: StreamSession): Promise<Cursor | undefined> {
  const { stream } = session;
  const { changes } = stream.manifest;
  if (changes === undefined) return undefined;
  if (changes.by === 'token') {
    const { value } = await session.call((http) => stream.abilities.latestToken!(http));
    return { by: 'token', token: value };
  }
  for (const back of [...LOOK_BACK, Number.POSITIVE_INFINITY]) {
    const highWater = await firstStamps(session, Math.max(session.clock() - back, 0));
    if (highWater !== undefined) return { by: 'stamp', highWater };
  }
  return { by: 'stamp', highWater: null };
}

/** The highest stamp of the first page at or after `since` that has any. */
async function firstStamps(session: StreamSession, since: number): Promise<number | undefined> {
  const { stream } = session;
  const pages = session.pages(undefined, (page, http) =>
    stream.abilities.changes!({ since, select: stream.select, ...(page === undefined ? {} : { page }) }, http),
  );
  for await (const { page } of pages) {
    const stamps = page.records.map(({ changedAt }) => changedAt).filter((stamp) => plausible(stamp, session.clock()));
    if (stamps.length > 0) return Math.max(...(stamps as number[]));
  }
  return undefined;
}
