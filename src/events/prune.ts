import { setTimeout as wait } from 'node:timers/promises';
import { hubColumns, type Store } from '#store';
import { KEPT_SINCE, keptSince, logEnds } from './log-position.ts';
import { rowsPruned } from './metrics.ts';

export interface PruneOptions {
  /** Readers for which everything is kept until they have read it; others are told `GONE`. */
  readonly keptFor?: readonly string[];
  readonly signal?: AbortSignal;
  /** Between two slices, so that pruning is never more than a small part of what the store does. */
  readonly pauseMs?: number;
}

/** Rows of one transaction. */
const SLICE = 500;

/**
 * Forgets changes from before `moment`, the oldest of each partition first and a slice at a time: the space is used
 * again by what comes, nothing is rewritten. Returns how many rows went.
 */
export async function pruneChanges(store: Store, moment: number, options: PruneOptions = {}): Promise<number> {
  const { keptFor = [], signal, pauseMs = 0 } = options;
  let pruned = 0;
  for (const [partition, end] of await logEnds(store)) {
    const limit = await readByAll(store, keptFor, partition, end);
    for (;;) {
      if (signal?.aborted) return pruned;
      const count = await pruneSlice(store, partition, limit, moment);
      pruned += count;
      rowsPruned.inc(count);
      if (count < SLICE) break;
      if (pauseMs > 0) await wait(pauseMs, undefined, { ...(signal && { signal }) }).catch(() => {});
    }
  }
  return pruned;
}

async function readByAll(store: Store, readers: readonly string[], partition: number, end: number): Promise<number> {
  let limit = end;
  for (const reader of readers) {
    const [row] = await store.reader.all(
      `select "offset" from log_position where reader = ${store.placeholder(1)} and "partition" = ${store.placeholder(2)}`,
      [reader, partition],
    );
    limit = Math.min(limit, Number(row?.[0] ?? 0));
  }
  return limit;
}

/** Only from the front: what is kept has no gaps. */
async function pruneSlice(store: Store, partition: number, limit: number, moment: number): Promise<number> {
  const at = (position: number) => store.placeholder(position);
  const rows = await store.reader.all(
    `select "offset", at from change_row where "partition" = ${at(1)} and "offset" < ${at(2)} order by "offset" limit ${SLICE}`,
    [partition, limit],
  );
  const firstKept = rows.findIndex(([, changedAt]) => Number(changedAt) >= moment);
  const old = firstKept < 0 ? rows : rows.slice(0, firstKept);
  const last = old.at(-1)?.[0];
  if (last == null) return 0;
  const since = Math.max(moment, (await keptSince(store)) ?? 0);
  await store.write(async (tx) => {
    await tx.run(`delete from change_row where "partition" = ${at(1)} and "offset" <= ${at(2)}`, [
      partition,
      Number(last),
    ]);
    await tx.upsert('hub_meta', hubColumns('hub_meta'), [[KEPT_SINCE, String(since)]], ['key']);
  });
  return old.length;
}

export interface Pruning {
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
const ROUND_EVERY_MS = 60_000;
const PAUSE_MS = 50;

/** Keeps the log as long as it is to be kept; a little every minute instead of much every night. */
export function startPruning(
  store: Store,
  options: { readonly retentionDays: number; readonly keptFor: readonly string[]; readonly everyMs?: number },
  onError: (error: unknown) => void,
): Pruning {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      await wait(options.everyMs ?? ROUND_EVERY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const moment = store.clock() - options.retentionDays * DAY_MS;
      await pruneChanges(store, moment, { keptFor: options.keptFor, signal, pauseMs: PAUSE_MS }).catch(onError);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
