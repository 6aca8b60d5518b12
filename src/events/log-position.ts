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

export async function savePosition(tx: WriteTx, reader: string, partition: number, offset: number): Promise<void> {
  await tx.upsert('log_position', hubColumns('log_position'), [[reader, partition, offset]], ['reader', 'partition']);
}

/**
 * Forgets changes from before `moment`, a slice at a time, but never what `keptFor` has not read. Returns how many.
 */
export async function pruneChanges(store: Store, moment: number, keptFor: readonly string[] = []): Promise<number> {
  let pruned = 0;
  const parameter = (position: number) => store.placeholder(position);
  for (const [partition, end] of await logEnds(store)) {
    let limit = end;
    for (const reader of keptFor) {
      const [row] = await store.reader.all(
        `select "offset" from log_position where reader = ${parameter(1)} and "partition" = ${parameter(2)}`,
        [reader, partition],
      );
      limit = Math.min(limit, Number(row?.[0] ?? 0));
    }
    for (;;) {
      const count = await store.write((tx) =>
        tx.run(
          `delete from change_row where id in (select id from change_row where "partition" = ${parameter(1)} and "offset" < ${parameter(2)} and at < ${parameter(3)} order by "offset" limit ${SLICE})`,
          [partition, limit, moment],
        ),
      );
      pruned += count;
      if (count < SLICE) break;
    }
  }
  return pruned;
}

const SLICE = 500;
