import type { Row } from './layout.ts';

/** Written once by the first migration of data; a restored store gets another. */
export function incarnationOf(rows: readonly Row[]): string {
  const value = rows[0]?.[0];
  if (typeof value !== 'string') throw new Error('The store has no incarnation: no hub has opened it for writing yet.');
  return value;
}

/** Milliseconds that never run backwards within a process, plus what the store's clock is ahead of ours. */
export function wallClock(ahead = 0): () => number {
  let last = 0;
  return () => {
    last = Math.max(last, Date.now() + ahead);
    return last;
  };
}
