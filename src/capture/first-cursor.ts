import type { Deletions } from '#sdk';
import { type Cursor, plausible } from './cursors.ts';
import type { StreamSession } from './stream-session.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far back to look for a stamp of the system's own clock, step by step. */
const LOOK_BACK = [MINUTE, 10 * MINUTE, 60 * MINUTE, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3650 * DAY];

/** Looks between two moments, once the right step is found; each halves what would be read twice. */
const MOST_HALVINGS = 24;

/**
 * Where the changes begin that a snapshot may not see; undefined for streams without changes.
 *
 * By stamp, any stamp that can be seen before the snapshot's first page will do: it is not later than the system's now,
 * whatever the hub's clock says. The latest is best, since everything after it is read twice; so the looks go back in
 * growing steps until one finds something, and then forward again by halves.
 */
export async function firstCursor(session: StreamSession): Promise<Cursor | undefined> {
  const { stream } = session;
  const { changes } = stream.manifest;
  if (changes === undefined) return undefined;
  if (changes.by === 'token') {
    const { value } = await session.call((http) => stream.abilities.latestToken!(http));
    return { by: 'token', token: value };
  }
  const now = session.clock();
  let nothingSince = now + DAY;
  let swept: Deletions | undefined;
  const note = (deletions: Deletions | undefined) => {
    swept ??= deletions;
  };
  for (const back of [...LOOK_BACK, Number.POSITIVE_INFINITY]) {
    const since = Math.max(now - back, 0);
    const found = await look(session, since, note);
    if (found === undefined) nothingSince = since;
    else return stampCursor(await lookLater(session, since, nothingSince, found), swept);
  }
  return stampCursor(null, swept);
}

/** What was deleted before the snapshot began is not in it. */
function stampCursor(highWater: number | null, swept: Deletions | undefined): Cursor {
  return { by: 'stamp', highWater, ...(swept === undefined ? {} : { swept }) };
}

interface Look {
  /** The highest stamp of the first page that has any. */
  readonly highest: number;
  readonly isMore: boolean;
}

async function lookLater(session: StreamSession, since: number, nothingSince: number, found: Look): Promise<number> {
  let [from, to, { highest, isMore }] = [since, nothingSince, found];
  // What is closer than the overlap is read twice anyway.
  for (let i = 0; i < MOST_HALVINGS && isMore && to - from > session.visibilityLag; i++) {
    const middle = Math.floor((from + to) / 2);
    const later = await look(session, middle);
    if (later === undefined) to = middle;
    else [from, highest, isMore] = [middle, Math.max(highest, later.highest), later.isMore];
  }
  return highest;
}

async function look(
  session: StreamSession,
  since: number,
  note: (deletions: Deletions | undefined) => void = () => {},
): Promise<Look | undefined> {
  const { stream } = session;
  const links = new Set<string>();
  let page: string | undefined;
  do {
    const request = { since, select: stream.select, ...(page === undefined ? {} : { page }) };
    const { value } = await session.call((http) => stream.abilities.changes!(request, http));
    note(value.deletions);
    const stamps = value.records.map(({ changedAt }) => changedAt).filter((stamp) => plausible(stamp, session.clock()));
    if (stamps.length > 0) return { highest: Math.max(...(stamps as number[])), isMore: value.next !== undefined };
    session.refuseRepeated(links, value.next);
    page = value.next;
  } while (page !== undefined);
  return undefined;
}
