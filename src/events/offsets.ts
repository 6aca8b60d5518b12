import { hubColumns, type Row, type Store, type WriteTx } from '#store';
import { rowsPlaced } from './metrics.ts';

/** Rows of one partition and one transaction; small enough for others to write in between. */
const BATCH = 100;

/**
 * Gives committed change rows their places in their partitions: dense, from 0, in the order of the rows. Only what has
 * an offset is read by anybody. One caller at a time works on a partition. Ends after so many transactions at the
 * latest, and returns how many rows were placed.
 */
export async function assignOffsets(store: Store, transactions = Number.POSITIVE_INFINITY): Promise<number> {
  let assigned = 0;
  let waiting = await waitingPartitions(store);
  for (let left = transactions; waiting.length > 0 && left > 0; left -= 1) {
    const placed = await store.write((tx) => assignBatch(store, tx, waiting));
    assigned += placed.reduce((sum, { count }) => sum + count, 0);
    waiting = placed.flatMap(({ partition, count }) => (count === BATCH ? [partition] : []));
  }
  rowsPlaced.inc(assigned);
  return assigned;
}

async function waitingPartitions(store: Store): Promise<readonly number[]> {
  const rows = await store.reader.all('select distinct "partition" from change_row where "offset" is null');
  return rows.map(([partition]) => Number(partition)).sort((left, right) => left - right);
}

/** One transaction for all partitions, since most often few rows wait in each. */
async function assignBatch(store: Store, tx: WriteTx, partitions: readonly number[]) {
  const leases = partitions.map((partition): [string] => [`offsets:${partition}`]).sort();
  await tx.insertIgnore(
    'lease',
    hubColumns('lease'),
    leases.map(([name]) => [name, '', 0, 0]),
  );
  await tx.lockIn('lease', ['name'], hubColumns('lease', 'name'), leases);
  const rows: Row[] = [];
  const ends: Row[] = [];
  const placed: { readonly partition: number; readonly count: number }[] = [];
  for (const partition of partitions) {
    const waiting = await tx.all(
      `select id from change_row where "partition" = ${store.placeholder(1)} and "offset" is null order by id limit ${BATCH}`,
      [partition],
    );
    placed.push({ partition, count: waiting.length });
    if (waiting.length === 0) continue;
    const next = await nextOffset(store, tx, partition);
    for (const [index, [id]] of waiting.entries()) rows.push([id ?? null, next + index]);
    ends.push([`next-offset:${partition}`, String(next + waiting.length)]);
  }
  await tx.updateIn('change_row', [{ name: 'id', type: 'bigint' }], hubColumns('change_row', 'offset'), rows);
  await tx.upsert('hub_meta', hubColumns('hub_meta'), ends, ['key']);
  return placed;
}

/** Kept apart from the rows: those go when their time is over, places are never given twice. */
async function nextOffset(store: Store, tx: WriteTx, partition: number): Promise<number> {
  const [row] = await tx.all(`select value from hub_meta where key = ${store.placeholder(1)}`, [
    `next-offset:${partition}`,
  ]);
  return Number(row?.[0] ?? 0);
}
