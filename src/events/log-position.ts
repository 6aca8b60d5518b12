import { GoneError } from '#sdk';
import { hubColumns, type Store, type WriteTx } from '#store';

/** Per partition the offset that comes next. */
export async function logEnds(store: Store): Promise<ReadonlyMap<number, number>> {
  const rows = await store.reader.all(
    "select key, value from hub_meta where key >= 'next-offset:' and key < 'next-offset;'",
  );
  return new Map(rows.map(([key, value]) => [Number(String(key).slice('next-offset:'.length)), Number(value)]));
}

/**
 * Where a reader goes on in a partition; a new one begins with the oldest that is kept. Throws `GONE` when what it has
 * not read yet is no longer kept.
 */
export async function positionFor(store: Store, tx: WriteTx, reader: string, partition: number): Promise<number> {
  const parameter = (position: number) => store.placeholder(position);
  const [kept] = await tx.all(
    `select "offset", at from change_row where "partition" = ${parameter(1)} and "offset" is not null order by "offset" limit 1`,
    [partition],
  );
  const [saved] = await tx.all(
    `select "offset" from log_position where reader = ${parameter(1)} and "partition" = ${parameter(2)}`,
    [reader, partition],
  );
  if (!saved) return Number(kept?.[0] ?? 0);
  const offset = Number(saved[0]);
  if (kept && Number(kept[0]) > offset) {
    throw goneBefore(reader, partition, Number(kept[1]));
  }
  return offset;
}

export function goneBefore(reader: string, partition: number, oldestAt: number): GoneError {
  const oldest = new Date(oldestAt).toISOString();
  return new GoneError(
    `The oldest change kept is of ${oldest}, and "${reader}" had not read all before it. Read the present state, then begin anew under another name.`,
    { details: { reader, partition, oldest } },
  );
}

export const KEPT_SINCE = 'log-kept-since';

/** Changes from before are gone; undefined: none ever went. */
export async function keptSince(store: Store): Promise<number | undefined> {
  const [row] = await store.reader.all(`select value from hub_meta where key = ${store.placeholder(1)}`, [KEPT_SINCE]);
  return row ? Number(row[0]) : undefined;
}

/** Clocks of processes and the length of transactions: rows that are placed later can be that much older. */
const DISORDER_MS = 60_000;

/** No change of that moment or later stands before it. By halves, since rows are nearly in the order of their time. */
export async function offsetAt(store: Store, partition: number, moment: number): Promise<number> {
  const at = (position: number) => store.placeholder(position);
  const end = (order: 'asc' | 'desc', parameter: string) =>
    `(select "offset" from change_row where "partition" = ${parameter} and "offset" is not null order by "offset" ${order} limit 1)`;
  const [ends] = await store.reader.all(`select ${end('asc', at(1))}, ${end('desc', at(2))}`, [partition, partition]);
  if (ends?.[0] == null) return (await logEnds(store)).get(partition) ?? 0;
  let low = Number(ends[0]);
  let high = Number(ends[1]) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await store.reader.all(
      `select at from change_row where "partition" = ${at(1)} and "offset" = ${at(2)}`,
      [partition, middle],
    );
    if (Number(row?.[0] ?? 0) < moment - DISORDER_MS) low = middle + 1;
    else high = middle;
  }
  return low;
}

export async function savePosition(tx: WriteTx, reader: string, partition: number, offset: number): Promise<void> {
  await tx.upsert('log_position', hubColumns('log_position'), [[reader, partition, offset]], ['reader', 'partition']);
}
