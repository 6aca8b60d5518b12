/** Where in the log a moment lies. */
import { logEnds, PARTITIONS } from '#events';
import { ConfigError, GoneError } from '#sdk';
import type { Store } from '#store';
import { oldestKept } from './log-window.ts';

/** Changes committed at about the same time may stand in another order than their stamps, by far less than this. */
const OUT_OF_ORDER = 1000;

/** By partition the place of the first change since `moment`. Throws `GONE` when not all since then is kept. */
export async function placesSince(store: Store, moment: number): Promise<ReadonlyMap<number, number>> {
  const ends = await logEnds(store);
  const places = new Map<number, number>();
  let oldestAt = Number.POSITIVE_INFINITY;
  let isPruned = false;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const end = ends.get(partition) ?? 0;
    const oldest = await oldestKept(store, partition);
    if (oldest) oldestAt = Math.min(oldestAt, oldest.at);
    isPruned ||= oldest ? oldest.offset > 0 : end > 0;
    places.set(partition, oldest ? await firstSince(store, partition, oldest.offset, end, moment) : end);
  }
  // What is forgotten is forgotten everywhere up to one moment, so all since the oldest change that is kept is there.
  if (isPruned && moment < oldestAt) throw gone(oldestAt);
  return places;
}

async function firstSince(store: Store, partition: number, from: number, end: number, moment: number): Promise<number> {
  let [low, high] = [from, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await store.reader.all(
      `select at from change_row where "partition" = ${store.placeholder(1)} and "offset" = ${store.placeholder(2)}`,
      [partition, middle],
    );
    if (row === undefined || Number(row[0]) < moment) low = middle + 1;
    else high = middle;
  }
  const parameter = (position: number) => store.placeholder(position);
  const [row] = await store.reader.all(
    `select min("offset") from change_row where "partition" = ${parameter(1)} and "offset" >= ${parameter(2)} and "offset" < ${parameter(3)} and at >= ${parameter(4)}`,
    [partition, Math.max(from, low - OUT_OF_ORDER), low, moment],
  );
  return row?.[0] == null ? low : Number(row[0]);
}

/** Checks places that were asked for by number. Throws `GONE` when one of them is no longer kept. */
export async function requirePlaces(store: Store, places: ReadonlyMap<number, number>): Promise<void> {
  const ends = await logEnds(store);
  for (const [partition, offset] of places) {
    const end = ends.get(partition) ?? 0;
    if (!Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS)
      throw refused(`There is no partition ${partition}; they are 0 to ${PARTITIONS - 1}.`);
    if (!Number.isInteger(offset) || offset < 0 || offset > end)
      throw refused(`Partition ${partition} has offsets 0 to ${end}; ${offset} is none.`);
    const oldest = await oldestKept(store, partition);
    if (offset < (oldest?.offset ?? end)) throw gone(oldest?.at);
  }
}

function refused(message: string): ConfigError {
  return new ConfigError(message, { details: { field: 'offsets' } });
}

function gone(oldestAt: number | undefined): GoneError {
  if (oldestAt === undefined || !Number.isFinite(oldestAt))
    return new GoneError('No changes from before now are kept: read the present state from the graph.');
  const oldest = new Date(oldestAt).toISOString();
  return new GoneError(
    `The oldest change kept is of ${oldest}. Replay from then on, and read what was before from the graph.`,
    { details: { oldest } },
  );
}
