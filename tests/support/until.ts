import { setTimeout as wait } from 'node:timers/promises';

/** Looks again and again until `look` gives something else than undefined or false; its last error tells why not. */
export async function until<T>(what: string, look: () => Promise<T> | T, withinMs = 60_000): Promise<NonNullable<T>> {
  const end = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false && found !== null) return found as NonNullable<T>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`Waited ${withinMs} ms for: ${what}`, { cause: last });
    await wait(100);
  }
}
