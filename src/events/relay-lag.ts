import type { Store } from '#store';
import { logEnds } from './log-position.ts';
import { parkedKeys, relayLagRows, relayLagSeconds } from './metrics.ts';
import { countParked } from './parked-keys.ts';

const LOOK_EVERY_MS = 5000;

export interface RelayLag {
  readonly rows: number;
  /** When the oldest of them was stored; null: there are none. */
  readonly oldestAt: number | null;
}

/** Change rows that are committed and not published. */
export async function relayLag(store: Store, reader = 'relay'): Promise<RelayLag> {
  const at = (position: number) => store.placeholder(position);
  const positions = await store.reader.all(`select "partition", "offset" from log_position where reader = ${at(1)}`, [
    reader,
  ]);
  const next = new Map(positions.map(([partition, offset]) => [Number(partition), Number(offset)]));
  const [unplaced] = await store.reader.all('select count(*), min(at) from change_row where "offset" is null');
  let rows = Number(unplaced?.[0] ?? 0);
  let oldestAt = unplaced?.[1] == null ? null : Number(unplaced[1]);
  for (const [partition, end] of await logEnds(store)) {
    const offset = next.get(partition) ?? 0;
    if (offset >= end) continue;
    rows += end - offset;
    const [first] = await store.reader.all(
      `select at from change_row where "partition" = ${at(1)} and "offset" >= ${at(2)} order by "offset" limit 1`,
      [partition, offset],
    );
    if (first?.[0] != null) oldestAt = Math.min(oldestAt ?? Number.POSITIVE_INFINITY, Number(first[0]));
  }
  return { rows, oldestAt };
}

/** Keeps the gauges of the relay up to date. */
export function watchRelayLag(store: Store): { stop(): void } {
  const look = async () => {
    // A look that fails says nothing; the next one may succeed.
    const lag = await relayLag(store).catch(() => undefined);
    if (!lag) return;
    relayLagRows.set(lag.rows);
    relayLagSeconds.set(lag.oldestAt === null ? 0 : Math.max(0, store.clock() - lag.oldestAt) / 1000);
    parkedKeys.set(await countParked(store).catch(() => 0));
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  void look();
  return { stop: () => clearInterval(timer) };
}
