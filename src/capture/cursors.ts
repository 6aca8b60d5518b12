/** What capture keeps in a stream's `position` and `cursor`; opaque to the store. */
import type { Deletions } from '#sdk';

/**
 * Where the changes stand: the highest stamp of the system's own clock that was read, or its token; and what the last
 * sweep knew of deletions.
 */
export type Cursor =
  | { readonly by: 'stamp'; readonly highWater: number | null; readonly swept?: Deletions }
  | { readonly by: 'token'; readonly token: string; readonly swept?: Deletions };

/** Where a whole read stands; `page` is absent before its first page. */
export interface Position {
  readonly page?: string;
  /** The store's clock when this whole read began. */
  readonly startedAt: number;
  /** Of what it reads: a position under another projection or mapping is worth nothing. */
  readonly fingerprint: string;
}

export function encode(value: Cursor | Position): string {
  return JSON.stringify(value);
}

export function decodeCursor(text: string | null): Cursor | undefined {
  return text === null ? undefined : (JSON.parse(text) as Cursor);
}

export function decodePosition(text: string | null): Position | undefined {
  return text === null ? undefined : (JSON.parse(text) as Position);
}

/** A stamp further in the future than clocks differ is a mistake in the data; following it would skip what comes. */
const FUTURE = 86_400_000;

export function plausible(stamp: number | undefined, now: number): stamp is number {
  return stamp !== undefined && Number.isFinite(stamp) && stamp <= now + FUTURE;
}
