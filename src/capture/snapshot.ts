import { isIsthmusError } from '#sdk';
import { decodePosition, encode, type Position } from './cursors.ts';
import { firstCursor } from './first-cursor.ts';
import type { StreamSession } from './stream-session.ts';

/** Reads everything, from the committed position where there is one. The cursor of the changes is taken before. */
export async function snapshot(session: StreamSession): Promise<void> {
  const begin = await beginning(session);
  try {
    await readFrom(session, begin);
  } catch (error) {
    if (!isForgottenPosition(session, begin, error)) throw error;
    // Positions live for hours or days at the vendor's; a stop may be longer.
    const again: Position = { startedAt: session.clock(), fingerprint: session.stream.fingerprint };
    await session.move({ position: encode(again) });
    await readFrom(session, again);
  }
}

/** The very position that the read was to resume from is refused. */
function isForgottenPosition(session: StreamSession, begin: Position, error: unknown): boolean {
  if (begin.page === undefined || session.state.position !== encode(begin)) return false;
  return isIsthmusError(error) && [400, 404, 410].includes(Number(error.details.status));
}

async function readFrom(session: StreamSession, begin: Position): Promise<void> {
  const { stream } = session;
  for await (const { at, isLast } of storedPages(session, begin)) {
    if (!isLast) continue;
    await session.move({
      phase: 'changes',
      position: null,
      fingerprint: stream.fingerprint,
      lastSweepAt: at.startedAt,
      // What the changes cannot tell is as fresh as the whole read.
      ...(session.isFreshByWholeReads ? { freshThrough: at.startedAt - session.visibilityLag } : {}),
    });
  }
}

/** The same in the background, for a new projection or mapping: a page at a time, while changes go on. */
export async function* rereadInBackground(session: StreamSession): AsyncGenerator<void, void, void> {
  const { stream } = session;
  const held = decodePosition(session.state.position);
  const isUsable = held?.fingerprint === stream.fingerprint;
  const begin: Position = isUsable ? held : { startedAt: session.clock(), fingerprint: stream.fingerprint };
  for await (const { isLast } of storedPages(session, begin)) {
    if (isLast) await session.move({ position: null, fingerprint: stream.fingerprint });
    yield;
  }
}

async function beginning(session: StreamSession): Promise<Position> {
  const { stream, state } = session;
  const held = decodePosition(state.position);
  if (held?.fingerprint === stream.fingerprint) return held;
  const cursor = await firstCursor(session);
  const begin: Position = { startedAt: session.clock(), fingerprint: stream.fingerprint };
  await session.move({ cursor: cursor && encode(cursor), position: encode(begin), fingerprint: stream.fingerprint });
  return begin;
}

async function* storedPages(
  session: StreamSession,
  begin: Position,
): AsyncGenerator<{ readonly at: Position; readonly isLast: boolean }, void, void> {
  const { stream } = session;
  const mapper = session.mapper();
  const pages = session.pages(begin.page, (page, http) =>
    stream.abilities.snapshot!({ select: stream.select, ...(page === undefined ? {} : { page }) }, http),
  );
  for await (const { page, startedAt } of pages) {
    const isLast = page.next === undefined;
    const at: Position = { ...begin, ...(page.next === undefined ? {} : { page: page.next }) };
    // The last page's position stands until the move that ends the read: asked again, it is the last page again.
    const to = isLast ? {} : { position: encode(at) };
    await session.store({
      records: page.records,
      mapper,
      startedAt: startedAt - session.indexLag,
      through: 'capture',
      to,
    });
    yield { at, isLast };
  }
}
