import { hubColumns, type Row, type Store, type WriteTx } from '#store';

const BATCH = 500;

/**
 * Gives committed change rows their places in their partitions: dense, from 0, in the order of the rows. Only what has
 * an offset is read by anybody. One caller at a time works on a partition. Returns how many rows were placed.
 */
export async function assignOffsets(store: Store): Promise<number> {
  let assigned = 0;
  const waiting = await store.reader.all('select distinct "partition" from change_row where "offset" is null');
  for (const [partition] of waiting) {
    for (;;) {
      const count = await store.write((tx) => assignBatch(store, tx, Number(partition)));
      assigned += count;
      if (count < BATCH) break;
    }
  }
  return assigned;
}

async function assignBatch(store: Store, tx: WriteTx, partition: number): Promise<number> {
  const lease = `offsets:${partition}`;
  await tx.insertIgnore('lease', hubColumns('lease'), [[lease, '', 0, 0]]);
  await tx.lockIn('lease', ['name'], hubColumns('lease', 'name'), [[lease]]);
  const waiting = await tx.all(
    `select id from change_row where "partition" = ${store.placeholder(1)} and "offset" is null order by id limit ${BATCH}`,
    [partition],
  );
  if (waiting.length === 0) return 0;
  const next = await nextOffset(store, tx, partition);
  const rows: Row[] = waiting.map(([id], index) => [id ?? null, next + index]);
  await tx.updateIn('change_row', [{ name: 'id', type: 'bigint' }], hubColumns('change_row', 'offset'), rows);
  await tx.upsert(
    'hub_meta',
    hubColumns('hub_meta'),
    [[`next-offset:${partition}`, String(next + rows.length)]],
    ['key'],
  );
  return rows.length;
}

/** Kept apart from the rows: those go when their time is over, places are never given twice. */
async function nextOffset(store: Store, tx: WriteTx, partition: number): Promise<number> {
  const [row] = await tx.all(`select value from hub_meta where key = ${store.placeholder(1)}`, [
    `next-offset:${partition}`,
  ]);
  return Number(row?.[0] ?? 0);
}
